// One sparse layer's connections in canonical order (by cell): the form in which they evolve.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "regrow/evolution.h"

namespace regrow::cpu {

struct Connections {
  std::vector<std::uint64_t> cells;  // sorted, unique
  std::vector<float> weights;
  std::vector<float> momentum;

  std::size_t size() const { return cells.size(); }
};

/// Signs of `values`, by their bits: no flushing of denormals can change a decision.
WeightCounts count_signs(std::span<const float> values);
/// How many of `values` are NaN or infinite.
std::uint64_t count_non_finite(std::span<const float> values);

/// Drops as planned, in O(connections). Returns the dropped connections in canonical order.
Connections drop_connections(Connections& connections, DropRule rule, const LayerDrop& plan,
                             DropReport& report);

/// What drop_connections() takes in memory at its height, its operands included.
/// `dropped`: how many of the connections, which the caller keeps until they have grown again.
std::uint64_t drop_bytes(std::uint64_t connections, std::uint64_t dropped);
/// What a Connections of so many takes.
constexpr std::uint64_t bytes_of_connections(std::uint64_t connections) {
  return connections * (sizeof(std::uint64_t) + 2 * sizeof(float));
}

}  // namespace regrow::cpu

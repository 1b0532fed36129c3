// One sparse layer's connections in canonical order (by cell): the form in which they evolve.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace regrow::cpu {

struct Connections {
  std::vector<std::uint64_t> cells;  // sorted, unique
  std::vector<float> weights;
  std::vector<float> momentum;

  std::size_t size() const { return cells.size(); }
};

/// What a Connections of so many takes.
constexpr std::uint64_t bytes_of_connections(std::uint64_t connections) {
  return connections * (sizeof(std::uint64_t) + 2 * sizeof(float));
}

}  // namespace regrow::cpu

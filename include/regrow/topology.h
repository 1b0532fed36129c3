// What can be said of a network's masks: degrees, dead neurons, overlap, and which cells were ever
// active.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "regrow/network_state.h"

namespace regrow {

using FiveNumbers = std::array<std::uint32_t, 5>;  // minimum, quartiles, maximum

/// Of a layer's mask after the epoch's evolution.
struct LayerTopology {
  double overlap_previous = 1;     // share of the mask before the evolution that is still active
  double overlap_first = 1;        // the same of the initial mask
  std::optional<double> explored;  // share of the cells ever active; absent where not kept
  std::uint64_t dead = 0;          // outputs without a connection into or out of them
  std::uint64_t unconnected_inputs = 0;
  FiveNumbers in_degree{};   // over the outputs
  FiveNumbers out_degree{};  // over the inputs

  bool operator==(const LayerTopology&) const = default;
};

/// A layer's connections by neuron.
struct Degrees {
  std::vector<std::uint32_t> in;   // [outputs]: connections into each output
  std::vector<std::uint32_t> out;  // [inputs]: connections out of each input
};
/// On as many `threads` as help; 0: one a processor.
Degrees degrees_of(const LayerState& layer, unsigned threads = 0);

/// Neurons between two layers without a connection into them or without one out of them.
std::uint64_t dead_neurons(const Degrees& before, const Degrees& after);

/// The sorted degrees at ⌊(n−1)·i/4⌋, i = 0…4: minimum, quartiles and maximum. All 0 where n = 0.
FiveNumbers five_numbers(std::span<const std::uint32_t> degrees);

/// |now ∩ then| / |then| of two ascending lists of cells; 1 where `then` is empty. `threads` as
/// above.
double overlap(std::span<const std::uint64_t> now, std::span<const std::uint64_t> then,
               unsigned threads = 0);

/// One bit a cell, cell c at bit c mod 64 of word ⌊c/64⌋. The only thing in training that grows
/// with inputs·outputs, at 1/64 of a weight matrix's size, so layers beyond kMostExplored have
/// none.
using CellBitmap = std::vector<std::uint64_t>;
inline constexpr std::uint64_t kMostExplored = std::uint64_t{1} << 28;  // cells: 32 MiB a layer

/// The cells ever active, before anything was: one bitmap per layer, empty for dense layers, for
/// the output layer and beyond kMostExplored.
std::vector<CellBitmap> nothing_explored(const NetworkState& network);
/// What the bitmap of a hidden sparse layer of so many cells takes.
std::uint64_t explored_bytes(std::uint64_t cells);
/// Adds the active cells.
void explore(std::vector<CellBitmap>& explored, const NetworkState& network);
/// Adds some cells of a layer, where it has a bitmap.
void explore(CellBitmap& explored, std::span<const std::uint64_t> cells);
/// Adds the cells of other bitmaps of the same network.
void explore(std::vector<CellBitmap>& explored, std::span<const CellBitmap> others);
/// Throws std::logic_error naming the layer unless the bitmaps have the shapes of
/// nothing_explored() and hold every active cell, and none outside the layer.
void check_explored(std::span<const CellBitmap> explored, const NetworkState& network);

}  // namespace regrow

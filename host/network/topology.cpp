// Measures of masks.
#include "regrow/topology.h"

#include <algorithm>
#include <bit>
#include <string>

#include "regrow/error.h"

namespace regrow {
namespace {

constexpr std::uint64_t kWordBits = 64;

std::uint64_t words_for(std::uint64_t cells) {
  return cells > kMostExplored ? 0 : (cells + kWordBits - 1) / kWordBits;
}

std::uint64_t words_for(const LayerState& layer, bool is_output) {
  return is_output || layer.kind == LayerKind::kDense ? 0 : words_for(layer.cell_count());
}

std::uint64_t bit_of(std::uint64_t cell) { return std::uint64_t{1} << (cell % kWordBits); }

}  // namespace

Degrees degrees_of(const LayerState& layer) {
  if (layer.kind == LayerKind::kDense) {
    return {std::vector<std::uint32_t>(layer.outputs, layer.inputs),
            std::vector<std::uint32_t>(layer.inputs, layer.outputs)};
  }
  Degrees degrees{std::vector<std::uint32_t>(layer.outputs),
                  std::vector<std::uint32_t>(layer.inputs)};
  for (const std::uint64_t cell : layer.cells) {
    ++degrees.in[cell / layer.inputs];
    ++degrees.out[cell % layer.inputs];
  }
  return degrees;
}

std::uint64_t dead_neurons(const Degrees& before, const Degrees& after) {
  REGROW_CHECK(before.in.size() == after.out.size(), "the layers are not neighbours");
  std::uint64_t dead = 0;
  for (std::size_t i = 0; i < before.in.size(); ++i) {
    if (before.in[i] == 0 || after.out[i] == 0) ++dead;
  }
  return dead;
}

FiveNumbers five_numbers(std::span<const std::uint32_t> degrees) {
  if (degrees.empty()) return {};
  std::vector<std::uint32_t> sorted(degrees.begin(), degrees.end());
  std::sort(sorted.begin(), sorted.end());
  FiveNumbers numbers;
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = sorted[(sorted.size() - 1) * i / 4];
  return numbers;
}

double overlap(std::span<const std::uint64_t> now, std::span<const std::uint64_t> then) {
  if (then.empty()) return 1;
  std::uint64_t shared = 0;
  auto next = now.begin();
  for (const std::uint64_t cell : then) {
    while (next != now.end() && *next < cell) ++next;
    if (next != now.end() && *next == cell) ++shared;
  }
  return static_cast<double>(shared) / static_cast<double>(then.size());
}

std::vector<CellBitmap> nothing_explored(const NetworkState& network) {
  std::vector<CellBitmap> explored;
  for (const LayerState& layer : network.layers) {
    explored.emplace_back(words_for(layer, &layer == &network.layers.back()));
  }
  return explored;
}

std::uint64_t explored_bytes(std::uint64_t cells) {
  return words_for(cells) * sizeof(CellBitmap::value_type);
}

void explore(std::vector<CellBitmap>& explored, const NetworkState& network) {
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    explore(explored[l], network.layers[l].cells);
  }
}

void explore(CellBitmap& explored, std::span<const std::uint64_t> cells) {
  if (explored.empty()) return;
  for (const std::uint64_t cell : cells) explored[cell / kWordBits] |= bit_of(cell);
}

void explore(std::vector<CellBitmap>& explored, std::span<const CellBitmap> others) {
  for (std::size_t l = 0; l < others.size(); ++l) {
    REGROW_CHECK(explored[l].size() == others[l].size(), "bitmaps of one network");
    for (std::size_t w = 0; w < others[l].size(); ++w) explored[l][w] |= others[l][w];
  }
}

void check_explored(std::span<const CellBitmap> explored, const NetworkState& network) {
  REGROW_CHECK(explored.size() == network.layers.size(), "a layer lacks its explored cells");
  for (std::size_t l = 0; l < explored.size(); ++l) {
    const LayerState& layer = network.layers[l];
    const std::string name = "layer " + std::to_string(l);
    REGROW_CHECK(explored[l].size() == words_for(layer, l + 1 == explored.size()),
                 name + "'s explored cells do not fit its matrix");
    if (explored[l].empty()) continue;
    const std::uint64_t used_bits = layer.cell_count() % kWordBits;
    REGROW_CHECK(used_bits == 0 || explored[l].back() >> used_bits == 0,
                 name + " has an explored cell outside its matrix");
    REGROW_CHECK(std::all_of(layer.cells.begin(), layer.cells.end(),
                             [&](std::uint64_t cell) {
                               return (explored[l][cell / kWordBits] & bit_of(cell)) != 0;
                             }),
                 name + " has an active cell that was never explored");
  }
}

}  // namespace regrow

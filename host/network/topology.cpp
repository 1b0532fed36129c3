// Measures of masks.
#include "regrow/topology.h"

#include <algorithm>
#include <bit>
#include <string>

#include "network/shared_cells.h"
#include "regrow/error.h"
#include "system/processors.h"
#include "system/workers.h"

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

Degrees degrees_of(const LayerState& layer, unsigned threads) {
  if (layer.kind == LayerKind::kDense) {
    return {std::vector<std::uint32_t>(layer.outputs, layer.inputs),
            std::vector<std::uint32_t>(layer.inputs, layer.outputs)};
  }
  const std::vector<std::uint64_t>& cells = layer.cells;
  Degrees degrees{std::vector<std::uint32_t>(layer.outputs),
                  std::vector<std::uint32_t>(layer.inputs)};
  // Each counts the inputs for itself: no more threads than that is worth.
  const unsigned most = useful_threads(threads);
  const std::uint64_t worth = std::max<std::uint64_t>(1, cells.size() / layer.inputs);
  StartedThreads workers(cells.size(), static_cast<unsigned>(std::min<std::uint64_t>(most, worth)));
  std::vector<std::vector<std::uint32_t>> out(workers.size() - std::size_t{1});
  workers.run([&](unsigned worker) {
    if (worker > 0) out[worker - 1].resize(layer.inputs);
    std::uint32_t* const counts = (worker > 0 ? out[worker - 1] : degrees.out).data();
    const Range rows = even_part(layer.outputs, worker, workers.size());
    const auto first =
        std::lower_bound(cells.begin(), cells.end(), cell_index(rows.first, 0, layer.inputs));
    auto i = static_cast<std::size_t>(first - cells.begin());
    for (std::uint64_t row = rows.first; row < rows.last; ++row) {
      const std::uint64_t begin = cell_index(row, 0, layer.inputs), end = begin + layer.inputs;
      const std::size_t row_begin = i;
      for (; i < cells.size() && cells[i] < end; ++i) ++counts[cells[i] - begin];
      degrees.in[row] = static_cast<std::uint32_t>(i - row_begin);
    }
  });
  workers.share(layer.inputs, [&](const Range& inputs) {
    for (const std::vector<std::uint32_t>& counts : out) {
      for (std::size_t in = inputs.first; in < inputs.last; ++in) degrees.out[in] += counts[in];
    }
  });
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
  std::vector<std::uint32_t> ordered(degrees.begin(), degrees.end());
  FiveNumbers numbers;
  auto begin = ordered.begin();  // what is before it is in order already
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto at = ordered.begin() + static_cast<std::ptrdiff_t>((ordered.size() - 1) * i / 4);
    std::nth_element(begin, at, ordered.end());
    numbers[i] = *at;
    begin = at;
  }
  return numbers;
}

double overlap(std::span<const std::uint64_t> now, std::span<const std::uint64_t> then,
               unsigned threads) {
  if (then.empty()) return 1;
  StartedThreads workers(then.size(), threads);
  return static_cast<double>(count_shared(then, now, workers)) / static_cast<double>(then.size());
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

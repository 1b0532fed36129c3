// Layers for the tests of evolution on the device: made on the host, sent there and back.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/runtime.h"
#include "evolve/topology.h"
#include "regrow/evolution/measures.h"
#include "regrow/network_state.h"
#include "regrow/philox.h"
#if defined(REGROW_CUDA_EMULATED)
#include "common/emulation/options.h"
#endif

namespace regrow::cuda {

/// In canonical order, as Connections.
struct HostLayer {
  LayerShape shape;
  std::vector<std::uint64_t> cells;
  std::vector<float> weights;
  std::vector<std::vector<float>> slots;  // two, as Adam has them

  std::uint64_t cell_count() const { return std::uint64_t{shape.inputs} * shape.outputs; }
};

/// Coarse weights: many ties, zeros of both signs. The numbers in slots are all different and none
/// is zero.
inline void draw_values(std::uint64_t seed, HostLayer& layer) {
  layer.weights.clear();
  layer.slots.assign(2, {});
  for (const std::uint64_t cell : layer.cells) {
    const std::uint32_t bits = random_block(seed, Purpose::kInitialWeight, 1, 0, cell)[0];
    layer.weights.push_back(std::round((uniform_from_bits(bits) - 0.5F) * 16) / 8);
    const auto number = static_cast<float>(layer.weights.size());
    layer.slots[0].push_back(number);
    layer.slots[1].push_back(-number - 0.5F);
  }
}

/// Each cell is a connection with probability `density`.
inline HostLayer random_layer(std::uint64_t seed, std::uint32_t inputs, std::uint32_t outputs,
                              double density) {
  HostLayer layer;
  layer.shape = {2, inputs, outputs};
  for (std::uint64_t cell = 0; cell < layer.cell_count(); ++cell) {
    const std::uint32_t bits = random_block(seed, Purpose::kTopology, 0, 0, cell)[0];
    if (uniform_from_bits(bits) < density) layer.cells.push_back(cell);
  }
  draw_values(seed, layer);
  return layer;
}

/// More cells than 32 bits number: a row and a column of neighbours at each corner, the rest
/// spread.
inline HostLayer wide_layer() {
  constexpr std::uint32_t kSide = 100'000;
  HostLayer layer;
  layer.shape = {2, kSide, kSide};
  std::vector<std::uint64_t>& cells = layer.cells;
  for (std::uint64_t i = 0; i < 160; ++i) {
    cells.push_back(random_block(3, Purpose::kTopology, 0, 0, i)[0] * 2 + 1);  // up to 2^33
  }
  for (std::uint64_t i = 0; i < 10; ++i) {
    for (const std::uint64_t row : {std::uint64_t{0}, std::uint64_t{kSide - 1}}) {
      cells.push_back(cell_index(row, i, kSide));
      cells.push_back(cell_index(row, kSide - 1 - i, kSide));
    }
  }
  std::sort(cells.begin(), cells.end());
  cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
  draw_values(3, layer);
  return layer;
}

inline Connections upload(const HostLayer& layer, const Stream& stream) {
  Connections connections;
  connections.count = layer.cells.size();
  connections.cells = {std::span(layer.cells), "cells", stream};
  connections.weights.values = {std::span(layer.weights), "weights", stream};
  for (const std::vector<float>& slot : layer.slots) {
    connections.weights.slots.emplace_back(std::span(slot), "a slot", stream);
  }
  return connections;
}

inline HostLayer download(const Connections& connections, const LayerShape& shape) {
  HostLayer layer = {shape,
                     connections.cells.download(connections.count),
                     connections.weights.values.download(connections.count),
                     {}};
  for (const DeviceArray<float>& slot : connections.weights.slots) {
    layer.slots.push_back(slot.download(connections.count));
  }
  return layer;
}

/// To the bit, save that −0 equals 0.
inline void expect_equal(const HostLayer& layer, const HostLayer& expected) {
  EXPECT_EQ(layer.cells, expected.cells);
  EXPECT_EQ(layer.weights, expected.weights);
  EXPECT_EQ(layer.slots, expected.slots);
}

inline WeightCounts signs_of(const HostLayer& layer) {
  WeightCounts counts;
  for (const float weight : layer.weights) {
    counts.negatives += weight < 0 ? 1 : 0;
    counts.positives += weight > 0 ? 1 : 0;
    counts.zeros += weight == 0 ? 1 : 0;
  }
  return counts;
}

/// Each connection with probability `share`.
inline CellList some_cells(const HostLayer& layer, double share, std::uint64_t seed) {
  CellList cells;
  for (const std::uint64_t cell : layer.cells) {
    const std::uint32_t bits = random_block(seed, Purpose::kTopology, 5, 0, cell)[0];
    if (uniform_from_bits(bits) < share) cells.push_back(cell);
  }
  return cells;
}

/// What is left of a layer without some of its connections.
inline HostLayer without(const HostLayer& layer, const CellList& cells) {
  HostLayer rest;
  rest.shape = layer.shape;
  rest.slots.resize(layer.slots.size());
  for (std::size_t i = 0; i < layer.cells.size(); ++i) {
    if (std::binary_search(cells.begin(), cells.end(), layer.cells[i])) continue;
    rest.cells.push_back(layer.cells[i]);
    rest.weights.push_back(layer.weights[i]);
    for (std::size_t s = 0; s < rest.slots.size(); ++s) {
      rest.slots[s].push_back(layer.slots[s][i]);
    }
  }
  return rest;
}

inline Cells upload_cells(const CellList& cells, const Stream& stream) {
  return {std::span(cells), "cells", stream};
}

/// Calls body() with the threads of a block in forward, reverse and random order; on a GPU, once.
template <typename Body>
void in_every_thread_order(Body body) {
#if defined(REGROW_CUDA_EMULATED)
  using emulation::Order;
  for (const Order order : {Order::kForward, Order::kReverse, Order::kRandom}) {
    SCOPED_TRACE("thread order " + std::to_string(static_cast<int>(order)));
    emulation::Options options = emulation::options;
    options.order = order;
    const emulation::ScopedOptions scoped(options);
    body();
  }
#else
  body();
#endif
}

}  // namespace regrow::cuda

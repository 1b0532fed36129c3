// What lists of cells have in common, and measures of masks, by any number of workers.
#include "network/shared_cells.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

#include "regrow/initial_network.h"
#include "regrow/philox.h"
#include "regrow/topology.h"
#include "support/sequential_workers.h"

namespace regrow {
namespace {

using CellVector = std::vector<std::uint64_t>;

/// About `percent` of the cells below `end`, but none of every third row of 300.
CellVector some_cells(std::uint64_t end, std::uint32_t percent, std::uint32_t stream) {
  CellVector cells;
  for (std::uint64_t cell = 0; cell < end; ++cell) {
    const std::uint32_t word = random_block(1, Purpose::kSynthetic, stream, 0, cell)[0];
    if (cell / 300 % 3 != 1 && word % 100 < percent) cells.push_back(cell);
  }
  return cells;
}

TEST(CountShared, IsOfAllPartsTogether) {
  const std::vector<CellVector> lists = {
      {}, {7}, {0, 1, 2}, {2, 7, 9}, some_cells(2000, 40, 1), some_cells(2000, 70, 2)};
  for (const CellVector& a : lists) {
    for (const CellVector& b : lists) {
      CellVector shared;
      std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(shared));
      for (const unsigned size : {1U, 2U, 3U, 7U, 16U}) {
        tests::SequentialWorkers workers(size);
        EXPECT_EQ(count_shared(a, b, workers), shared.size()) << a.size() << " " << b.size();
      }
    }
  }
}

TEST(Degrees, AreTheSameOnSeveralThreads) {
  LayerState layer;
  layer.inputs = 300;
  layer.outputs = 1500;
  layer.kind = LayerKind::kSparse;
  layer.cells = some_cells(layer.cell_count(), 60, 3);
  std::vector<std::uint32_t> in(layer.outputs), out(layer.inputs);
  for (const std::uint64_t cell : layer.cells) {
    ++in[cell / layer.inputs];
    ++out[cell % layer.inputs];
  }
  ASSERT_GT(layer.cells.size(), 150'000U) << "too few for several threads";
  for (const unsigned threads : {0U, 1U, 2U}) {
    const Degrees degrees = degrees_of(layer, threads);
    EXPECT_EQ(degrees.in, in);
    EXPECT_EQ(degrees.out, out);
  }
}

TEST(InitialNetwork, IsTheSameOnSeveralThreads) {
  NetworkConfig config;
  config.hidden = {2000, 700};
  config.density = 0.2;
  NetworkStart start = {.seed = 3, .features = 500, .classes = 4, .threads = 1};
  const NetworkState one = initial_network(config, start);
  ASSERT_GT(one.layers[0].connections(), 150'000U) << "too few for several threads";
  start.threads = 0;
  EXPECT_EQ(initial_network(config, start), one);
  // The definitions, cell by cell.
  const LayerState& layer = one.layers[0];
  const Degrees degrees = degrees_of(layer, 1);
  for (std::size_t i = 0; i < layer.cells.size(); i += 997) {
    const std::uint64_t cell = layer.cells[i];
    const double limit = init_limit(config.weight_init, layer.inputs, layer.outputs,
                                    degrees.in[cell / layer.inputs]);
    const PhiloxBlock block = random_block(3, Purpose::kInitialWeight, 0, 0, cell);
    EXPECT_EQ(layer.weights.values[i], static_cast<double>(init_weight(limit, block[0]))) << i;
  }
}

}  // namespace
}  // namespace regrow

// Measures of masks, on masks small enough to count by eye.
#include "regrow/topology.h"

#include <gtest/gtest.h>

#include <set>

#include "support/tiny_data.h"

namespace regrow {
namespace {

using Cells = std::vector<std::uint64_t>;

/// 4 inputs, 3 outputs: output 0 has inputs 0 and 3, output 2 has input 3, output 1 nothing.
LayerState small_layer() {
  LayerState layer;
  layer.inputs = 4;
  layer.outputs = 3;
  layer.kind = LayerKind::kSparse;
  layer.cells = {0, 3, 11};
  return layer;
}

TEST(Topology, CountsDegreesByOutputAndInput) {
  LayerState layer = small_layer();
  Degrees degrees = degrees_of(layer);
  EXPECT_EQ(degrees.in, (std::vector<std::uint32_t>{2, 0, 1}));
  EXPECT_EQ(degrees.out, (std::vector<std::uint32_t>{1, 0, 0, 2}));
  layer.cells = {1, 2, 5, 7, 8};
  degrees = degrees_of(layer);
  EXPECT_EQ(degrees.in, (std::vector<std::uint32_t>{2, 2, 1}));
  EXPECT_EQ(degrees.out, (std::vector<std::uint32_t>{1, 2, 1, 1}));
}

TEST(Topology, ADenseLayerConnectsAll) {
  LayerState layer = small_layer();
  layer.kind = LayerKind::kDense;
  layer.cells.clear();
  EXPECT_EQ(degrees_of(layer).in, (std::vector<std::uint32_t>{4, 4, 4}));
  EXPECT_EQ(degrees_of(layer).out, (std::vector<std::uint32_t>{3, 3, 3, 3}));
}

TEST(Topology, ANeuronIsDeadWithoutAWayInOrAWayOut) {
  Degrees before, after;
  before.in = {1, 0, 2, 0};
  after.out = {3, 1, 0, 0};
  EXPECT_EQ(dead_neurons(before, after), 3U);
}

TEST(Topology, FiveNumbersAreOfTheSortedDegrees) {
  const std::vector<std::uint32_t> nine = {9, 1, 8, 2, 7, 3, 6, 4, 5};
  EXPECT_EQ(five_numbers(nine), (FiveNumbers{1, 3, 5, 7, 9}));
  const std::vector<std::uint32_t> two = {7, 4};
  EXPECT_EQ(five_numbers(two), (FiveNumbers{4, 4, 4, 4, 7}));
  EXPECT_EQ(five_numbers({}), FiveNumbers{});
}

TEST(Topology, OverlapIsTheShareOfTheEarlierMask) {
  const Cells then = {1, 5, 9, 12};
  EXPECT_EQ(overlap(then, then), 1);
  EXPECT_EQ(overlap(Cells{0, 5, 6, 12, 13, 14}, then), 0.5);
  EXPECT_EQ(overlap(Cells{12}, then), 0.25);
  EXPECT_EQ(overlap(Cells{}, then), 0);
  EXPECT_EQ(overlap(Cells{20}, then), 0);
  EXPECT_EQ(overlap(then, Cells{}), 1) << "nothing was lost";
}

TEST(Topology, ExploredCellsAreThoseOfAllMasks) {
  NetworkState network = tests::tiny_network(1, {13, 11, 3}, 0.3);  // 143 cells: three words
  std::vector<CellBitmap> explored = nothing_explored(network);
  ASSERT_EQ(explored.size(), 2U);
  ASSERT_EQ(explored[0].size(), 3U);
  EXPECT_TRUE(explored[1].empty()) << "the output layer is dense";
  std::set<std::uint64_t> expected;
  for (const std::uint64_t seed : {1, 2, 3}) {
    network = tests::tiny_network(seed, {13, 11, 3}, 0.3);
    explore(explored, network);
    expected.insert(network.layers[0].cells.begin(), network.layers[0].cells.end());
  }
  for (std::uint64_t cell = 0; cell < 192; ++cell) {
    EXPECT_EQ((explored[0][cell / 64] >> (cell % 64) & 1) != 0, expected.contains(cell)) << cell;
  }
  EXPECT_NO_THROW(check_explored(explored, network));
}

TEST(Topology, KeepsNoAccountOfAVastLayer) {
  NetworkState network = tests::tiny_network(1, {3, 4, 2});
  network.layers[0].inputs = 1U << 16;
  network.layers[0].outputs = 1U << 12;
  EXPECT_EQ(nothing_explored(network)[0].size(), kMostExplored / 64);
  ++network.layers[0].outputs;
  EXPECT_TRUE(nothing_explored(network)[0].empty());
}

}  // namespace
}  // namespace regrow

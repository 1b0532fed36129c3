// Both views of a layer against loops over its cells, and the storage that grows.
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "cuda/evolve/evolve_layers.h"
#include "cuda/evolve/views.h"

namespace regrow::cuda {
namespace {

struct Case {
  std::uint32_t inputs;
  std::uint32_t outputs;
  double density;
};
constexpr Case kCases[] = {{1, 1, 1},   {1, 1, 0},     {1, 300, 0.5},   {300, 1, 0.5}, {7, 5, 1},
                           {40, 30, 0}, {33, 65, 0.1}, {257, 31, 0.02}, {100, 99, 0.3}};

TEST(CudaTopology, ViewsAreTheCells) {
  const Stream stream;
  for (const Case& c : kCases) {
    SCOPED_TRACE(testing::Message() << c.inputs << " x " << c.outputs << ", " << c.density);
    const HostLayer layer = random_layer(4, c.inputs, c.outputs, c.density);
    in_every_thread_order([&] {
      Topology topology(layer.shape, layer.cells.size(), 2, stream);
      EXPECT_FALSE(topology.assign(upload(layer, stream)));
      expect_views_of(layer, topology, stream);
      const HostLayer copy = download(topology.connections(), layer.shape);
      EXPECT_EQ(copy.cells, layer.cells);
      EXPECT_EQ(copy.weights, layer.weights);
      EXPECT_EQ(copy.slots, layer.slots);
    });
  }
}

TEST(CudaTopology, TakesEmptyRowsAndColumns) {
  const Stream stream;
  HostLayer layer = random_layer(1, 5, 6, 1);
  std::erase_if(layer.cells, [](std::uint64_t cell) {
    return cell / 5 == 0 || cell / 5 == 3 || cell / 5 == 5 || cell % 5 == 0 || cell % 5 == 4;
  });
  draw_values(1, layer);
  Topology topology(layer.shape, 30, 2, stream);
  topology.assign(upload(layer, stream));
  expect_views_of(layer, topology, stream);
}

TEST(CudaTopology, NumbersCellsBeyond32Bits) {
  const Stream stream;
  const HostLayer layer = wide_layer();
  ASSERT_GT(layer.cells.back(), std::uint64_t{1} << 33);
  Topology topology(layer.shape, layer.cells.size(), 2, stream);
  topology.assign(upload(layer, stream));
  expect_views_of(layer, topology, stream);
  EXPECT_EQ(download(topology.connections(), layer.shape).cells, layer.cells);
}

TEST(CudaTopology, IsEmptyAtFirst) {
  const Stream stream;
  HostLayer layer;
  layer.shape = {0, 4, 3};
  layer.slots.resize(2);
  Topology topology(layer.shape, 10, 2, stream);
  EXPECT_EQ(topology.count(), 0U);
  expect_views_of(layer, topology, stream);
  EXPECT_EQ(topology.connections().count, 0U);
}

TEST(CudaTopology, KeepsItsPointersWithinTheCapacityAndGrowsByAnEighthBeyond) {
  const Stream stream;
  Topology topology({2, 40, 40}, 600, 2, stream);
  EXPECT_EQ(topology.capacity(), 600U);
  const RowView before = topology.rows();
  const ColumnView columns_before = topology.columns();
  for (const double density : {0.3, 0.1, 0.35}) {
    const HostLayer layer = random_layer(6, 40, 40, density);
    ASSERT_LE(layer.cells.size(), 600U);
    EXPECT_FALSE(topology.assign(upload(layer, stream)));
    EXPECT_EQ(topology.count(), layer.cells.size());
    expect_views_of(layer, topology, stream);
    EXPECT_EQ(topology.rows().weights.slots[1], before.weights.slots[1]);
    EXPECT_EQ(topology.rows().columns, before.columns);
    EXPECT_EQ(topology.columns().rows, columns_before.rows);
    EXPECT_EQ(topology.columns().positions, columns_before.positions);
  }
  const HostLayer larger = random_layer(6, 40, 40, 0.5);
  ASSERT_GT(larger.cells.size(), 600U);
  EXPECT_TRUE(topology.assign(upload(larger, stream)));
  EXPECT_EQ(topology.capacity(), larger.cells.size() + larger.cells.size() / 8);
  expect_views_of(larger, topology, stream);
  EXPECT_FALSE(topology.assign(upload(random_layer(7, 40, 40, 0.5), stream)));
}

TEST(CudaTopology, ForgetsItsSlotsAlone) {
  const Stream stream;
  HostLayer layer = random_layer(4, 20, 10, 0.3);
  Topology topology(layer.shape, 200, 2, stream);
  topology.assign(upload(layer, stream));
  topology.zero_slots();
  for (std::vector<float>& slot : layer.slots) slot.assign(slot.size(), 0);
  expect_views_of(layer, topology, stream);
}

TEST(CudaTopology, ReportsItsBytes) {
  EXPECT_EQ(Topology::bytes({0, 3072, 4000}, 141'440, 1), 4U * (3073 + 4001) + 20U * 141'440);
  EXPECT_EQ(Topology::bytes({0, 3072, 4000}, 141'440, 2), 4U * (3073 + 4001) + 24U * 141'440);
}

TEST(CudaTopology, RefusesMoreConnectionsThan32BitsCount) {
  const Stream stream;
  EXPECT_THROW(Topology({0, 100'000, 100'000}, std::size_t{1} << 32, 1, stream), std::logic_error);
}

}  // namespace
}  // namespace regrow::cuda

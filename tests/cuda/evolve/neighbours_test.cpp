// Both ways to count active neighbours, against a loop over all cells of the layer.
#include "evolve/neighbours.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "cuda/evolve/evolve_layers.h"
#include "evolve/cells.h"
#include "reference/grow.h"
#if defined(REGROW_CUDA_EMULATED)
#include "common/emulation/device_memory.h"
#endif

namespace regrow::cuda {
namespace {

constexpr Neighbourhood kNeighbourhoods[] = {Neighbourhood::kMoore8, Neighbourhood::kCross4,
                                             Neighbourhood::kDiagonal4};

using Histogram = std::array<std::uint64_t, 9>;
using HostCells = std::vector<std::uint64_t>;

// The inactive cells by number of active neighbours.
std::array<HostCells, 9> brute_force(const HostLayer& layer, const NeighbourSpace& space) {
  const reference::ReferenceLayer reference = reference_of(layer);
  std::array<HostCells, 9> classes;
  for (std::uint64_t cell = 0; cell < layer.cell_count(); ++cell) {
    if (reference.mask[cell]) continue;
    classes[reference::active_neighbours(reference, cell, space)].push_back(cell);
  }
  return classes;
}

HostCells united(const std::array<HostCells, 9>& classes, const std::bitset<9>& counts) {
  HostCells cells;
  for (unsigned count = 0; count < 9; ++count) {
    if (counts[count]) cells.insert(cells.end(), classes[count].begin(), classes[count].end());
  }
  std::sort(cells.begin(), cells.end());
  return cells;
}

void expect_select(const NeighbourClasses& classes, const std::bitset<9>& counts,
                   const HostCells& members, std::uint64_t step, const Stream& stream) {
  HostCells ranks, expected;
  for (std::uint64_t rank = step - 1; rank < members.size(); rank += step) {
    ranks.push_back(rank);
    expected.push_back(members[rank]);
  }
  const Cells device_ranks(std::span<const std::uint64_t>(ranks), "ranks", stream);
  EXPECT_EQ(classes.select(counts, device_ranks).download(), expected)
      << "counts " << counts << ", every rank by " << step;
}

void expect_classes(const HostLayer& layer, const NeighbourSpace& space,
                    const std::vector<std::bitset<9>>& sets, const Stream& stream) {
  const std::array<HostCells, 9> expected = brute_force(layer, space);
  Histogram sizes{};
  for (unsigned count = 0; count < 9; ++count) sizes[count] = expected[count].size();
  const Connections active = upload(layer, stream);
  in_every_thread_order([&] {
    for (const bool in_mask : {true, false}) {
      if (in_mask && space.in_image) continue;
      SCOPED_TRACE(in_mask ? "in the mask" : "from the cells");
      const auto classes = in_mask ? count_in_mask(active, layer.shape, space.around, stream)
                                   : count_from_cells(active, layer.shape, space, stream);
      EXPECT_EQ(classes->histogram(), sizes);
      for (const std::bitset<9>& set : sets) {
        expect_select(*classes, set, united(expected, set), 1, stream);
        expect_select(*classes, set, united(expected, set), 3, stream);
      }
    }
  });
}

TEST(CudaNeighbours, AreThoseOfEveryCellAtEveryWidth) {
  const Stream stream;
  const std::vector<std::bitset<9>> sets = {0x1FE, 0x1FF, 0x1, 0x2, 0x1F8, 0x7};
  for (const Neighbourhood neighbourhood : kNeighbourhoods) {
    for (const std::uint32_t inputs : {1U, 2U, 31U, 32U, 33U, 64U, 65U, 100U}) {
      for (const std::uint32_t outputs : {1U, 2U, 19U}) {
        SCOPED_TRACE(testing::Message() << inputs << " x " << outputs);
        expect_classes(random_layer(8, inputs, outputs, 0.4), neighbourhood, sets, stream);
      }
    }
    for (const double density : {0.0, 1.0}) {
      expect_classes(random_layer(8, 40, 9, density), neighbourhood, sets, stream);
      expect_classes(random_layer(8, 1, 1, density), neighbourhood, sets, stream);
    }
  }
}

TEST(CudaNeighbours, InAnImageAreThoseOfEveryCell) {
  const Stream stream;
  const std::vector<std::bitset<9>> sets = {0x1FE, 0x1FF, 0x1, 0x2, 0x100, 0x7};
  constexpr ImageShape kShapes[] = {{1, 1, 1}, {1, 1, 9}, {3, 4, 5}, {2, 7, 1}, {5, 3, 3}};
  for (const ImageShape& shape : kShapes) {
    for (const InputOrder order : {InputOrder::kHwc, InputOrder::kChw}) {
      for (const Neighbourhood neighbourhood : kNeighbourhoods) {
        for (const double density : {0.0, 0.1, 0.6, 1.0}) {
          SCOPED_TRACE(testing::Message() << shape.channels << " x " << shape.height << " x "
                                          << shape.width << " " << density);
          expect_classes(random_layer(8, shape.features(), 6, density),
                         NeighbourSpace(neighbourhood, {shape, order}), sets, stream);
        }
      }
    }
  }
}

TEST(CudaNeighbours, InAnImageOfAnotherSizeAreRefused) {
  const Stream stream;
  const HostLayer layer = random_layer(8, 10, 6, 0.5);
  const NeighbourSpace space(Neighbourhood::kMoore8, {{3, 2, 2}, InputOrder::kHwc});
  EXPECT_THROW(count_from_cells(upload(layer, stream), layer.shape, space, stream),
               std::logic_error);
}

TEST(CudaNeighbours, AreAllCountsFromNoneToEight) {
  // A full layer with holes far apart: 8 neighbours, 5 at an edge, 3 in a corner.
  const Stream stream;
  HostLayer layer = random_layer(1, 70, 10, 1);
  std::erase_if(layer.cells, [](std::uint64_t cell) {
    return cell == 0 || cell == 69 || cell == 35 || cell == 5 * 70 + 31 || cell == 7 * 70 + 32;
  });
  draw_values(1, layer);
  for (const bool in_mask : {true, false}) {
    const Connections active = upload(layer, stream);
    constexpr Neighbourhood kAround = Neighbourhood::kMoore8;
    const auto classes = in_mask ? count_in_mask(active, layer.shape, kAround, stream)
                                 : count_from_cells(active, layer.shape, kAround, stream);
    EXPECT_EQ(classes->histogram(), (Histogram{0, 0, 0, 2, 0, 1, 0, 0, 2}));
    const Cells ranks = counted_up(2, stream);
    EXPECT_EQ(classes->select(1 << 8, ranks).download(), (HostCells{5 * 70 + 31, 7 * 70 + 32}));
    EXPECT_EQ(classes->select(1 << 3, ranks).download(), (HostCells{0, 69}));
  }
}

RC_GTEST_PROP(CudaNeighbours, AreTheSameInBothWays, ()) {
  const Stream stream;
  const HostLayer layer = random_layer(
      *rc::gen::inRange<std::uint64_t>(0, 1000), *rc::gen::inRange<std::uint32_t>(1, 140),
      *rc::gen::inRange<std::uint32_t>(1, 30), *rc::gen::element(0.01, 0.1, 0.5, 0.9));
  const Neighbourhood neighbourhood = *rc::gen::elementOf(
      std::vector<Neighbourhood>(std::begin(kNeighbourhoods), std::end(kNeighbourhoods)));
  const std::bitset<9> set = *rc::gen::inRange(0, 512);
  expect_classes(layer, neighbourhood, {set}, stream);
  RC_ASSERT(!testing::Test::HasFailure());
}

TEST(CudaNeighbours, SelectManyTilesOfTheMask) {
  const Stream stream;
  const HostLayer layer = random_layer(5, 1000, 90, 0.02);
  expect_classes(layer, Neighbourhood::kMoore8, {0x1FE, 0x1, 0x1FC}, stream);
}

// The inactive neighbours of a layer too large to look at every cell.
std::map<std::uint64_t, unsigned> listed_neighbours(const HostLayer& layer) {
  std::map<std::uint64_t, unsigned> counts;
  const auto inputs = static_cast<std::int64_t>(layer.shape.inputs);
  const auto outputs = static_cast<std::int64_t>(layer.shape.outputs);
  for (const std::uint64_t cell : layer.cells) {
    const std::int64_t row = static_cast<std::int64_t>(cell) / inputs;
    const std::int64_t column = static_cast<std::int64_t>(cell) % inputs;
    for (std::int64_t r = row - 1; r <= row + 1; ++r) {
      for (std::int64_t c = column - 1; c <= column + 1; ++c) {
        if (r < 0 || r >= outputs || c < 0 || c >= inputs) continue;
        ++counts[static_cast<std::uint64_t>(r * inputs + c)];
      }
    }
  }
  for (const std::uint64_t cell : layer.cells) counts.erase(cell);
  return counts;
}

TEST(CudaNeighbours, OfALayerBeyond32BitsAreListedFromItsCells) {
  const Stream stream;
  const HostLayer layer = wide_layer();
  const std::map<std::uint64_t, unsigned> expected = listed_neighbours(layer);
  Histogram sizes{};
  HostCells with_neighbours, with_two;
  for (const auto& [cell, count] : expected) {
    ++sizes[count];
    with_neighbours.push_back(cell);
    if (count == 2) with_two.push_back(cell);
  }
  sizes[0] = layer.cell_count() - layer.cells.size() - expected.size();
  const Connections active = upload(layer, stream);
  const auto classes = count_from_cells(active, layer.shape, Neighbourhood::kMoore8, stream);
  EXPECT_EQ(classes->histogram(), sizes);
  expect_select(*classes, 0x1FE, with_neighbours, 1, stream);
  expect_select(*classes, 0x4, with_two, 1, stream);

  // Cells without a neighbour: as many cells of other kinds lie before each as its rank says.
  const HostCells ranks = {0, 1'000, 5'000'000'000, sizes[0] - 1};
  const Cells device_ranks(std::span<const std::uint64_t>(ranks), "ranks", stream);
  const HostCells lonely = classes->select(0x1, device_ranks).download();
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    std::uint64_t excluded = 0;
    for (const std::uint64_t cell : layer.cells) excluded += cell < lonely[i] ? 1 : 0;
    for (const std::uint64_t cell : with_neighbours) excluded += cell < lonely[i] ? 1 : 0;
    EXPECT_EQ(lonely[i] - excluded, ranks[i]);
    EXPECT_EQ(expected.count(lonely[i]), 0U);
    EXPECT_FALSE(std::binary_search(layer.cells.begin(), layer.cells.end(), lonely[i]));
  }
}

#if defined(REGROW_CUDA_EMULATED)
TEST(CudaNeighbours, InTheMaskTakeLessThanFourBitsACell) {
  const Stream stream;
  const HostLayer layer = random_layer(5, 1024, 1024, 0.001);
  const Connections active = upload(layer, stream);
  const emulation::ScopedCapacity capacity(emulation::live_bytes() + layer.cell_count() / 2);
  const auto classes = count_in_mask(active, layer.shape, Neighbourhood::kMoore8, stream);
  EXPECT_EQ(classes->select(0x1FE, counted_up(classes->histogram()[1], stream)).size(),
            classes->histogram()[1]);
}
#endif

TEST(CudaNeighbours, MaskRowsArePaddedToWords) {
  EXPECT_EQ(mask_bytes({0, 1, 1}), 4U);
  EXPECT_EQ(mask_bytes({0, 32, 3}), 12U);
  EXPECT_EQ(mask_bytes({0, 33, 3}), 24U);
  EXPECT_EQ(mask_bytes({0, 1'000'000, 1'000'000}), std::size_t{125'000'000'000});
}

}  // namespace
}  // namespace regrow::cuda

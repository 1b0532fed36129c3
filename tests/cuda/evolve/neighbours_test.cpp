// Both ways to count active neighbours, against a loop over all cells of the layer.
#include "evolve/neighbours.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "cuda/evolve/evolve_layers.h"
#include "cuda/evolve/plain_evolution.h"
#include "evolve/cells.h"
#if defined(REGROW_CUDA_EMULATED)
#include "common/emulation/device_memory.h"
#endif

namespace regrow::cuda {
namespace {

constexpr Neighbourhood kNeighbourhoods[] = {Neighbourhood::kMoore8, Neighbourhood::kCross4,
                                             Neighbourhood::kDiagonal4};

// Some cells of those that are not active, as if they had just dropped, among the active ones.
CellList taken_cells(const HostLayer& layer, double share) {
  CellList cells = layer.cells;
  HostLayer others;
  for (std::uint64_t cell = 0; cell < layer.cell_count(); ++cell) {
    if (!std::binary_search(layer.cells.begin(), layer.cells.end(), cell)) {
      others.cells.push_back(cell);
    }
  }
  const CellList more = some_cells(others, share, 6);
  cells.insert(cells.end(), more.begin(), more.end());
  std::sort(cells.begin(), cells.end());
  return cells;
}

// The eligible cells by number of active neighbours.
std::array<CellList, 9> brute_force(const HostLayer& layer, const CellList& taken,
                                    const NeighbourSpace& space) {
  const std::set<std::uint64_t> active(layer.cells.begin(), layer.cells.end());
  std::array<CellList, 9> classes;
  for (std::uint64_t cell = 0; cell < layer.cell_count(); ++cell) {
    if (std::binary_search(taken.begin(), taken.end(), cell)) continue;
    classes[plain_neighbours(layer.shape, active, cell, space)].push_back(cell);
  }
  return classes;
}

CellList united(const std::array<CellList, 9>& classes, const std::bitset<9>& counts) {
  CellList cells;
  for (unsigned count = 0; count < 9; ++count) {
    if (counts[count]) cells.insert(cells.end(), classes[count].begin(), classes[count].end());
  }
  std::sort(cells.begin(), cells.end());
  return cells;
}

void expect_select(const NeighbourClasses& classes, const std::bitset<9>& counts,
                   const CellList& members, std::uint64_t step, const Stream& stream) {
  CellList ranks, expected;
  for (std::uint64_t rank = step - 1; rank < members.size(); rank += step) {
    ranks.push_back(rank);
    expected.push_back(members[rank]);
  }
  const Cells device_ranks(std::span<const std::uint64_t>(ranks), "ranks", stream);
  EXPECT_EQ(classes.select(counts, device_ranks).download(), expected)
      << "counts " << counts << ", every rank by " << step;
}

std::unique_ptr<NeighbourClasses> counted(bool in_mask, const Cells& active, const Cells& taken,
                                          const LayerShape& shape, const NeighbourSpace& space,
                                          const Stream& stream) {
  return in_mask ? count_in_mask(set_of(active), set_of(taken), shape, space.around, stream)
                 : count_from_cells(set_of(active), set_of(taken), shape, space, stream);
}

void expect_classes(const HostLayer& layer, const NeighbourSpace& space,
                    const std::vector<std::bitset<9>>& sets, const Stream& stream) {
  for (const double share : {0.0, 0.2, 1.0}) {
    SCOPED_TRACE(testing::Message() << "taken of the other cells: " << share);
    const CellList taken_list = taken_cells(layer, share);
    const std::array<CellList, 9> expected = brute_force(layer, taken_list, space);
    ClassSizes sizes{};
    for (unsigned count = 0; count < 9; ++count) sizes[count] = expected[count].size();
    const Cells active = upload_cells(layer.cells, stream);
    const Cells taken = upload_cells(taken_list, stream);
    in_every_thread_order([&] {
      for (const bool in_mask : {true, false}) {
        if (in_mask && space.in_image) continue;
        SCOPED_TRACE(in_mask ? "in the mask" : "from the cells");
        const auto classes = counted(in_mask, active, taken, layer.shape, space, stream);
        EXPECT_EQ(classes->sizes(), sizes);
        for (const std::bitset<9>& set : sets) {
          expect_select(*classes, set, united(expected, set), 1, stream);
          expect_select(*classes, set, united(expected, set), 3, stream);
        }
      }
    });
  }
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
  const Cells active = upload_cells(layer.cells, stream);
  EXPECT_THROW(counted(false, active, active, layer.shape, space, stream), std::logic_error);
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
    const Cells active = upload_cells(layer.cells, stream);
    const auto classes =
        counted(in_mask, active, active, layer.shape, Neighbourhood::kMoore8, stream);
    EXPECT_EQ(classes->sizes(), (ClassSizes{0, 0, 0, 2, 0, 1, 0, 0, 2}));
    const Cells ranks = counted_up(2, stream);
    EXPECT_EQ(classes->select(1 << 8, ranks).download(), (CellList{5 * 70 + 31, 7 * 70 + 32}));
    EXPECT_EQ(classes->select(1 << 3, ranks).download(), (CellList{0, 69}));
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
  ClassSizes sizes{};
  CellList with_neighbours, with_two;
  for (const auto& [cell, count] : expected) {
    ++sizes[count];
    with_neighbours.push_back(cell);
    if (count == 2) with_two.push_back(cell);
  }
  sizes[0] = layer.cell_count() - layer.cells.size() - expected.size();
  const Cells active = upload_cells(layer.cells, stream);
  const auto classes = counted(false, active, active, layer.shape, Neighbourhood::kMoore8, stream);
  EXPECT_EQ(classes->sizes(), sizes);
  expect_select(*classes, 0x1FE, with_neighbours, 1, stream);
  expect_select(*classes, 0x4, with_two, 1, stream);

  // Cells without a neighbour: as many cells of other kinds lie before each as its rank says.
  const CellList ranks = {0, 1'000, 5'000'000'000, sizes[0] - 1};
  const Cells device_ranks(std::span<const std::uint64_t>(ranks), "ranks", stream);
  const CellList lonely = classes->select(0x1, device_ranks).download();
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
  const Cells active = upload_cells(layer.cells, stream);
  const emulation::ScopedCapacity capacity(emulation::live_bytes() + layer.cell_count() / 2);
  const auto classes = counted(true, active, active, layer.shape, Neighbourhood::kMoore8, stream);
  EXPECT_EQ(classes->select(0x1FE, counted_up(classes->sizes()[1], stream)).size(),
            classes->sizes()[1]);
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

// Neighbour counts on hand-made masks.
#include "reference/neighbours.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>

#include "hand_made.h"

namespace regrow::reference {
namespace {

using tests::layer_of;
using enum Neighbourhood;

TEST(Neighbours, AreEightFourAndFour) {
  const ReferenceLayer layer = layer_of({"###", "#.#", "###"});
  EXPECT_EQ(active_neighbours(layer, 4, kMoore8), 8U);
  EXPECT_EQ(active_neighbours(layer, 4, kCross4), 4U);
  EXPECT_EQ(active_neighbours(layer, 4, kDiagonal4), 4U);
}

TEST(Neighbours, TellCrossFromDiagonal) {
  const ReferenceLayer layer = layer_of({".#.", "..#", "#.."});
  EXPECT_EQ(active_neighbours(layer, 4, kMoore8), 3U);
  EXPECT_EQ(active_neighbours(layer, 4, kCross4), 2U);
  EXPECT_EQ(active_neighbours(layer, 4, kDiagonal4), 1U);
}

TEST(Neighbours, AreFewerInACorner) {
  const ReferenceLayer layer = layer_of({".##", "###", "##."});
  for (const std::uint64_t corner : {0, 8}) {
    EXPECT_EQ(active_neighbours(layer, corner, kMoore8), 3U);
    EXPECT_EQ(active_neighbours(layer, corner, kCross4), 2U);
    EXPECT_EQ(active_neighbours(layer, corner, kDiagonal4), 1U);
  }
}

TEST(Neighbours, DoNotWrapAtTheEdges) {
  const ReferenceLayer layer = layer_of({"...#", "...#", "....", "...."});
  for (const std::uint64_t cell : {0, 4, 8, 12, 13, 14, 15}) {
    EXPECT_EQ(active_neighbours(layer, cell, kMoore8), 0U) << cell;
  }
}

TEST(Neighbours, DoNotCountTheCellItself) {
  EXPECT_EQ(active_neighbours(layer_of({"#"}), 0, kMoore8), 0U);
}

// Two channels of 2 × 3 pixels, 0 1 2 above 3 4 5, and the inputs in either order.
NeighbourSpace pixels_around(Neighbourhood around, InputOrder order) {
  return {around, {{2, 2, 3}, order}};
}

TEST(Neighbours, InAnImageAreOfAllChannelsOfThePixelsAround) {
  for (const InputOrder order : {InputOrder::kHwc, InputOrder::kChw}) {
    // Active in the second row: both channels of pixel 0 and one of pixel 5. The first row, full,
    // is another neuron's.
    const ReferenceLayer layer = order == InputOrder::kHwc
                                     ? layer_of({"############", "##.........#"})
                                     : layer_of({"############", "#.....#....#"});
    const auto count = [&](Neighbourhood around, std::uint32_t channel, std::uint32_t pixel) {
      return active_neighbours(layer, 12 + feature_index({2, 2, 3}, order, channel, pixel),
                               pixels_around(around, order));
    };
    for (const std::uint32_t channel : {0, 1}) {
      EXPECT_EQ(count(kMoore8, channel, 1), 3U);
      EXPECT_EQ(count(kCross4, channel, 1), 2U);
      EXPECT_EQ(count(kDiagonal4, channel, 1), 1U);
      EXPECT_EQ(count(kMoore8, channel, 2), 1U) << "no wrap from one row of pixels to the next";
      EXPECT_EQ(count(kCross4, channel, 2), 1U);
      EXPECT_EQ(count(kDiagonal4, channel, 2), 0U);
      EXPECT_EQ(count(kMoore8, channel, 5), 0U) << "a pixel's own channels are not around it";
      EXPECT_EQ(count(kMoore8, channel, 3), 2U);
    }
  }
}

TEST(Neighbours, InAnImageBeyondEightCountAsEight) {
  const ReferenceLayer layer = layer_of({"######.........############"});  // 3 × 3 pixels
  EXPECT_EQ(active_neighbours(layer, 13, NeighbourSpace(kMoore8, {{3, 3, 3}, InputOrder::kHwc})),
            8U);
}

TEST(Neighbours, InAnImageOfAnotherSizeAreRefused) {
  EXPECT_THROW(active_neighbours(layer_of({"#."}), 0, pixels_around(kMoore8, InputOrder::kHwc)),
               std::logic_error);
}

}  // namespace
}  // namespace regrow::reference

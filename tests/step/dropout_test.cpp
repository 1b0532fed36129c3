// Which activations are dropped: integers, the same on every device.
#include "regrow/step/dropout.h"

#include <gtest/gtest.h>

namespace regrow::step {
namespace {

TEST(Dropout, ThresholdKeepsTheExactShareOf24Bits) {
  EXPECT_EQ(dropout_threshold(0), 0U);
  EXPECT_EQ(dropout_threshold(0.5), 1U << 23);
  EXPECT_EQ(dropout_threshold(0.3), 5033165U);
}

TEST(Dropout, DecidesByTheUpper24BitsOfAWord) {
  EXPECT_TRUE(is_dropped(0xFF, 1));
  EXPECT_FALSE(is_dropped(0x100, 1));
  EXPECT_FALSE(is_dropped(0, 0)) << "with probability 0 nothing is dropped";
}

TEST(Dropout, BlockIsSharedByFourNeighbouringSamples) {
  EXPECT_EQ(dropout_block_index(5, 4), dropout_block_index(5, 7));
  EXPECT_NE(dropout_block_index(5, 3), dropout_block_index(5, 4));
  EXPECT_NE(dropout_block_index(5, 4), dropout_block_index(6, 4));
}

}  // namespace
}  // namespace regrow::step

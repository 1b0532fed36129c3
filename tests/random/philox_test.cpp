// Philox against Random123's known answers, and the exact mappings built on it.
#include "regrow/philox.h"

#include <gtest/gtest.h>

namespace regrow {
namespace {

TEST(Philox, GivesTheKnownAnswersOfRandom123) {
  EXPECT_EQ(philox4x32_10({0, 0, 0, 0}, 0),
            (PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32_10({~0U, ~0U, ~0U, ~0U}, ~std::uint64_t{0}),
            (PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822),
            (PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, BlockPacksIndexPurposeLayerAndTimeIntoTheCounter) {
  EXPECT_EQ(random_block(7, Purpose::kGrow, 3, 11, 0x123456789abcdef0),
            philox4x32_10({0x9abcdef0, 0x12345678, 0x07000003, 11}, 7));
}

TEST(Philox, UniformIsAMultipleOfTwoToTheMinus24Below1) {
  EXPECT_EQ(uniform_from_bits(0), 0.0F);
  EXPECT_EQ(uniform_from_bits(0xFF), 0.0F);
  EXPECT_EQ(uniform_from_bits(0x100), 0x1p-24F);
  EXPECT_EQ(uniform_from_bits(0x80000000), 0.5F);
  EXPECT_EQ(uniform_from_bits(~0U), 1.0F - 0x1p-24F);
}

}  // namespace
}  // namespace regrow

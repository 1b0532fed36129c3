// How many weights are dropped: exactly the rule's count, for every N and ζ.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "evolution/drop_counts.h"

namespace regrow {
namespace {

__extension__ using Int128 = __int128;
constexpr Int128 kMillion = 1'000'000;

WeightCounts signs(std::uint64_t negatives, std::uint64_t positives, std::uint64_t zeros = 0) {
  WeightCounts counts;
  counts.negatives = negatives;
  counts.positives = positives;
  counts.zeros = zeros;
  return counts;
}

LayerDrop per_sign(std::uint64_t negatives, std::uint64_t positives, std::uint32_t zeta) {
  return drop_counts(DropRule::kPerSign, signs(negatives, positives), zeta);
}

TEST(PerSignDrop, RemovesOneMorePositiveThanTheFloor) {
  EXPECT_EQ(per_sign(100, 100, 300000), (LayerDrop{30, 31, 0}));
  EXPECT_EQ(per_sign(101, 101, 300000), (LayerDrop{31, 31, 0}));
}

TEST(PerSignDrop, ZetaZeroStillDropsOnePositive) {
  EXPECT_EQ(per_sign(50, 50, 0), (LayerDrop{0, 1, 0}));
  EXPECT_EQ(per_sign(50, 0, 0), (LayerDrop{0, 0, 0}));
}

TEST(PerSignDrop, ZetaOneDropsEverything) {
  EXPECT_EQ(per_sign(50, 70, 1000000), (LayerDrop{50, 70, 0}));
}

TEST(PerSignDrop, ALoneWeightAlwaysGoes) {
  EXPECT_EQ(per_sign(1, 0, 300000), (LayerDrop{1, 0, 0}));
  EXPECT_EQ(per_sign(0, 1, 300000), (LayerDrop{0, 1, 0}));
  EXPECT_EQ(per_sign(1, 1, 1), (LayerDrop{1, 1, 0}));
}

TEST(PerSignDrop, NothingComesFromNothing) {
  EXPECT_EQ(per_sign(0, 0, 300000), LayerDrop{});
  EXPECT_EQ(per_sign(0, 0, 1000000), LayerDrop{});
}

// In doubles ⌊(1 − 0.3)·90⌋ is 62, one short.
TEST(PerSignDrop, CountsDoNotPassThroughFloatingPoint) {
  EXPECT_EQ(per_sign(90, 90, 300000), (LayerDrop{27, 28, 0}));
}

TEST(PerSignDrop, LeavesZerosToTheBackEnd) {
  EXPECT_EQ(drop_counts(DropRule::kPerSign, signs(100, 100, 55), 300000), (LayerDrop{30, 31, 0}));
}

TEST(MagnitudeDrop, RemovesTheFloorOfAllWeightsZerosIncluded) {
  EXPECT_EQ(drop_counts(DropRule::kMagnitude, signs(40, 50, 9), 300000), (LayerDrop{0, 0, 29}));
  EXPECT_EQ(drop_counts(DropRule::kMagnitude, signs(40, 50, 10), 300000), (LayerDrop{0, 0, 30}));
  EXPECT_EQ(drop_counts(DropRule::kMagnitude, signs(1, 0), 999999), (LayerDrop{0, 0, 0}));
  EXPECT_EQ(drop_counts(DropRule::kMagnitude, signs(1, 0), 1000000), (LayerDrop{0, 0, 1}));
}

TEST(DropCounts, RefusesAZetaAboveOne) {
  EXPECT_THROW(per_sign(10, 10, 1000001), std::logic_error);
}

// Half of the cases small, where the floors matter, half up to 2^61.
std::uint64_t any_count() {
  return *rc::gen::oneOf(rc::gen::inRange<std::uint64_t>(0, 5000),
                         rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << 61));
}

RC_GTEST_PROP(DropCounts, AreTheRationalFormulasForAllNumbers, ()) {
  const std::uint64_t negatives = any_count();
  const std::uint64_t positives = any_count();
  const auto zeta = *rc::gen::oneOf(rc::gen::inRange<std::uint32_t>(0, 1000001),
                                    rc::gen::element<std::uint32_t>(0, 300000, 1000000));

  const LayerDrop drop = per_sign(negatives, positives, zeta);
  const Int128 kept = (kMillion - zeta) * Int128{negatives} / kMillion;
  const Int128 more = Int128{zeta} * Int128{positives} / kMillion + 1;
  RC_ASSERT(Int128{drop.negatives} == Int128{negatives} - kept);
  RC_ASSERT(Int128{drop.positives} == (positives < more ? Int128{positives} : more));
  RC_ASSERT(drop.smallest == 0U);

  const LayerDrop magnitude = drop_counts(DropRule::kMagnitude, signs(negatives, positives), zeta);
  RC_ASSERT(Int128{magnitude.smallest} ==
            (Int128{negatives} + Int128{positives}) * zeta / kMillion);
  RC_ASSERT(magnitude.negatives == 0U);
  RC_ASSERT(magnitude.positives == 0U);
}

}  // namespace
}  // namespace regrow

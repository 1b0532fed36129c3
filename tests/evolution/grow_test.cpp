// How many connections grow: clamp(⌈θ·max(0, Δ)⌉, 0, free).
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "regrow/policy.h"

namespace regrow {
namespace {

DropReport report(std::uint64_t dropped, std::uint64_t remaining) {
  DropReport out;
  out.negatives = dropped / 2;
  out.positives = dropped - dropped / 2;
  out.remaining = remaining;
  return out;
}

TEST(GrowCount, GrowsBackAllThatIsMissingAtThetaOne) {
  EXPECT_EQ(grow_count(1, 1000, report(300, 700), GrowDelta::kInitial, 9000), 300U);
}

TEST(GrowCount, RoundsUp) {
  EXPECT_EQ(grow_count(0.5, 1000, report(301, 699), GrowDelta::kInitial, 9000), 151U);
  EXPECT_EQ(grow_count(1e-9, 1000, report(1, 999), GrowDelta::kInitial, 9000), 1U);
  EXPECT_EQ(grow_count(0, 1000, report(300, 700), GrowDelta::kInitial, 9000), 0U);
}

// Δ is relative to γ: a layer that has shrunk grows by more than it has just dropped.
TEST(GrowCount, InitialMeasuresFromTheBudgetRemovedFromThisDrop) {
  EXPECT_EQ(grow_count(0.5, 1000, report(100, 400), GrowDelta::kInitial, 9000), 300U);
  EXPECT_EQ(grow_count(0.5, 1000, report(100, 400), GrowDelta::kRemoved, 9000), 50U);
}

TEST(GrowCount, ZerosCountAsRemoved) {
  DropReport dropped = report(100, 400);
  dropped.zeros = 20;
  EXPECT_EQ(grow_count(1, 1000, dropped, GrowDelta::kRemoved, 9000), 120U);
}

TEST(GrowCount, NothingIsMissingAboveTheBudget) {
  EXPECT_EQ(grow_count(1, 1000, report(100, 1200), GrowDelta::kInitial, 9000), 0U);
  EXPECT_EQ(grow_count(1, 1000, report(100, 1200), GrowDelta::kRemoved, 9000), 100U);
}

TEST(GrowCount, NeverExceedsTheFreeCells) {
  EXPECT_EQ(grow_count(2, 1000, report(300, 700), GrowDelta::kInitial, 500), 500U);
  EXPECT_EQ(grow_count(2, 1000, report(300, 700), GrowDelta::kInitial, 600), 600U);
  EXPECT_EQ(grow_count(2, 1000, report(300, 700), GrowDelta::kInitial, 601), 600U);
  EXPECT_EQ(grow_count(1e300, 1000, report(300, 700), GrowDelta::kInitial, 601), 601U);
}

TEST(GrowCount, RefusesAThetaThatIsNoRatio) {
  const DropReport dropped = report(300, 700);
  EXPECT_THROW(grow_count(-0.1, 1000, dropped, GrowDelta::kInitial, 9), std::logic_error);
  EXPECT_THROW(grow_count(std::nan(""), 1000, dropped, GrowDelta::kInitial, 9), std::logic_error);
}

RC_GTEST_PROP(GrowCount, AtMostThetaOneNeverPassesTheBudget, ()) {
  const auto budget = *rc::gen::inRange<std::uint64_t>(0, 1'000'000'000);
  const auto remaining = *rc::gen::inRange<std::uint64_t>(0, 1'000'000'000);
  const double theta = *rc::gen::inRange(0, 1001) / 1000.0;
  const std::uint64_t grown =
      grow_count(theta, budget, report(0, remaining), GrowDelta::kInitial, ~std::uint64_t{0});
  RC_ASSERT(remaining + grown <= std::max(budget, remaining));
}

}  // namespace
}  // namespace regrow

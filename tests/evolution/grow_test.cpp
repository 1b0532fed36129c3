// How many connections grow: clamp(⌈θ·max(0, Δ)⌉, 0, free).
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "evolution/grow_count.h"

namespace regrow {
namespace {

/// Of a layer that started with 1000 connections.
std::uint64_t grown(double theta, GrowDelta delta, std::uint64_t dropped, std::uint64_t remaining,
                    std::uint64_t eligible = 9000) {
  return grow_count(theta, delta, {1000, dropped, remaining, eligible});
}

TEST(GrowCount, GrowsBackAllThatIsMissingAtThetaOne) {
  EXPECT_EQ(grown(1, GrowDelta::kInitial, 300, 700), 300U);
}

TEST(GrowCount, RoundsUp) {
  EXPECT_EQ(grown(0.5, GrowDelta::kInitial, 301, 699), 151U);
  EXPECT_EQ(grown(1e-9, GrowDelta::kInitial, 1, 999), 1U);
  EXPECT_EQ(grown(0, GrowDelta::kInitial, 300, 700), 0U);
}

// Δ is relative to γ: a layer that has shrunk grows by more than it has just dropped.
TEST(GrowCount, InitialMeasuresFromTheBudgetRemovedFromThisDrop) {
  EXPECT_EQ(grown(0.5, GrowDelta::kInitial, 100, 400), 300U);
  EXPECT_EQ(grown(0.5, GrowDelta::kRemoved, 100, 400), 50U);
}

TEST(GrowCount, NothingIsMissingAboveTheBudget) {
  EXPECT_EQ(grown(1, GrowDelta::kInitial, 100, 1200), 0U);
  EXPECT_EQ(grown(1, GrowDelta::kRemoved, 100, 1200), 100U);
}

TEST(GrowCount, NeverExceedsTheFreeCells) {
  EXPECT_EQ(grown(2, GrowDelta::kInitial, 300, 700, 500), 500U);
  EXPECT_EQ(grown(2, GrowDelta::kInitial, 300, 700, 600), 600U);
  EXPECT_EQ(grown(2, GrowDelta::kInitial, 300, 700, 601), 600U);
  EXPECT_EQ(grown(1e300, GrowDelta::kInitial, 300, 700, 601), 601U);
}

TEST(GrowCount, RefusesAThetaThatIsNoRatio) {
  EXPECT_THROW(grown(-0.1, GrowDelta::kInitial, 300, 700), std::logic_error);
  EXPECT_THROW(grown(std::nan(""), GrowDelta::kInitial, 300, 700), std::logic_error);
}

RC_GTEST_PROP(GrowCount, AtMostThetaOneNeverPassesTheBudget, ()) {
  const auto budget = *rc::gen::inRange<std::uint64_t>(0, 1'000'000'000);
  const auto remaining = *rc::gen::inRange<std::uint64_t>(0, 1'000'000'000);
  const double theta = *rc::gen::inRange(0, 1001) / 1000.0;
  const std::uint64_t count =
      grow_count(theta, GrowDelta::kInitial, {budget, 0, remaining, ~std::uint64_t{0}});
  RC_ASSERT(remaining + count <= std::max(budget, remaining));
}

}  // namespace
}  // namespace regrow

// Histograms of weights and degrees.
#include "train/histogram.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/numbers.h"

namespace regrow {
namespace {

using Degrees32 = std::vector<std::uint32_t>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// How many of `values` lie in bucket i: counted from its limits.
template <typename Value>
double counted(const Histogram& histogram, std::size_t i, const std::vector<Value>& values) {
  const double from = i == 0 ? histogram.min : histogram.limits[i - 1];
  const double to = histogram.limits[i];
  const bool is_last = i + 1 == histogram.limits.size();
  return static_cast<double>(std::count_if(values.begin(), values.end(), [&](Value value) {
    return value >= from && (value < to || (is_last && value <= to));
  }));
}

TEST(ValueHistogram, HasBucketsOfEqualWidth) {
  const Histogram histogram = value_histogram("w", std::vector<double>{-1, 0, 0, 0.55, 2});
  EXPECT_EQ(histogram.tag, "w");
  EXPECT_EQ(histogram.min, -1);
  EXPECT_EQ(histogram.max, 2);
  EXPECT_EQ(histogram.count, 5);
  EXPECT_DOUBLE_EQ(histogram.sum, 1.55);
  EXPECT_DOUBLE_EQ(histogram.sum_of_squares, 1 + 0.55 * 0.55 + 4);
  ASSERT_EQ(histogram.limits.size(), kMostBuckets);
  EXPECT_DOUBLE_EQ(histogram.limits[0], -0.9);
  EXPECT_EQ(histogram.limits.back(), 2);
  EXPECT_EQ(histogram.counts[0], 1);
  EXPECT_EQ(histogram.counts[10], 2);
  EXPECT_EQ(histogram.counts[15], 1);
  EXPECT_EQ(histogram.counts[29], 1);
}

TEST(ValueHistogram, PutsEqualValuesIntoOneBucketAroundThem) {
  const Histogram histogram = value_histogram("w", std::vector<double>{3, 3, 3});
  EXPECT_EQ(histogram.min, 2.5);
  EXPECT_EQ(histogram.max, 3.5);
  EXPECT_EQ(histogram.limits, std::vector<double>{3.5});
  EXPECT_EQ(histogram.counts, std::vector<double>{3});
}

TEST(ValueHistogram, HasNoBucketsWithoutValues) {
  EXPECT_TRUE(value_histogram("w", {}).limits.empty());
  EXPECT_TRUE(value_histogram("w", std::vector<double>{NAN, kInfinity}).counts.empty());
}

TEST(ValueHistogram, LeavesOutWhatNoFloatHolds) {
  const Histogram histogram =
      value_histogram("w", std::vector<double>{NAN, 1, kInfinity, 2, -kInfinity, 1e300});
  EXPECT_EQ(histogram.count, 2);
  EXPECT_EQ(histogram.max, 2);
  EXPECT_EQ(histogram.sum, 3);
}

RC_GTEST_PROP(ValueHistogram, CountsEveryValueOnceAndHoldsFiniteNumbersOnly, ()) {
  const auto values = *rc::gen::container<std::vector<double>>(rc::gen::map(
      rc::gen::arbitrary<float>(), [](float value) { return static_cast<double>(value); }));
  const Histogram histogram = value_histogram("w", values);
  RC_ASSERT(histogram.limits.size() == histogram.counts.size());
  RC_ASSERT(std::accumulate(histogram.counts.begin(), histogram.counts.end(), 0.0) ==
            static_cast<double>(std::count_if(values.begin(), values.end(), fits_float)));
  RC_ASSERT(std::is_sorted(histogram.limits.begin(), histogram.limits.end()));
  RC_ASSERT(std::isfinite(histogram.sum) && std::isfinite(histogram.sum_of_squares));
  if (!histogram.limits.empty()) RC_ASSERT(histogram.limits.back() == histogram.max);
}

TEST(DegreeHistogram, HasABucketAroundEveryInteger) {
  const Histogram histogram = degree_histogram("d", Degrees32{2, 4, 4, 5, 2, 2});
  EXPECT_EQ(histogram.min, 1.5);
  EXPECT_EQ(histogram.max, 5.5);
  EXPECT_EQ(histogram.limits, (std::vector<double>{2.5, 3.5, 4.5, 5.5}));
  EXPECT_EQ(histogram.counts, (std::vector<double>{3, 0, 2, 1}));
  EXPECT_EQ(histogram.count, 6);
  EXPECT_EQ(histogram.sum, 19);
  EXPECT_EQ(histogram.sum_of_squares, 4 * 3 + 16 * 2 + 25);
}

TEST(DegreeHistogram, TakesTheSameNumberOfIntegersIntoEveryBucketOfAWideOne) {
  Degrees32 degrees(62);
  std::iota(degrees.begin(), degrees.end(), 10);  // 10 … 71: three to a bucket
  const Histogram histogram = degree_histogram("d", degrees);
  ASSERT_EQ(histogram.counts.size(), 21U);
  EXPECT_EQ(histogram.min, 9.5);
  EXPECT_EQ(histogram.limits[0], 12.5);
  EXPECT_EQ(histogram.max, 72.5);
  EXPECT_EQ(histogram.counts[0], 3);
  EXPECT_EQ(histogram.counts[20], 2);
}

TEST(DegreeHistogram, HasNoBucketsWithoutDegrees) {
  EXPECT_TRUE(degree_histogram("d", {}).counts.empty());
}

RC_GTEST_PROP(DegreeHistogram, CountsEveryDegreeWhereItBelongs, ()) {
  const auto degrees = *rc::gen::container<Degrees32>(
      rc::gen::oneOf(rc::gen::inRange<std::uint32_t>(0, 200), rc::gen::arbitrary<std::uint32_t>()));
  const Histogram histogram = degree_histogram("d", degrees);
  RC_ASSERT(histogram.limits.size() <= kMostBuckets);
  RC_ASSERT(histogram.limits.empty() == degrees.empty());
  for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
    // Limits of wide buckets are sums of a share: exact to far less than the ½ beside an integer.
    RC_ASSERT(histogram.counts[i] == counted(histogram, i, degrees));
  }
}

}  // namespace
}  // namespace regrow

// Histograms.
#include "train/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/numbers.h"

namespace regrow {
namespace {

/// `buckets` of equal width from min to max, and their sum and number still to count.
Histogram with_buckets(std::string tag, double min, double max, std::size_t buckets) {
  Histogram histogram{.tag = std::move(tag), .min = min, .max = max};
  for (std::size_t i = 1; i <= buckets; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(buckets);
    histogram.limits.push_back(i == buckets ? max : min + share * (max - min));
  }
  histogram.counts.resize(buckets);
  return histogram;
}

}  // namespace

Histogram value_histogram(std::string tag, std::span<const double> values) {
  double min = std::numeric_limits<double>::infinity();
  double max = -min;
  double count = 0;
  double sum = 0;
  double sum_of_squares = 0;
  for (const double value : values) {
    if (!fits_float(value)) continue;
    min = std::min(min, value);
    max = std::max(max, value);
    ++count;
    sum += value;
    sum_of_squares += value * value;
  }
  if (count == 0) return {.tag = std::move(tag)};
  const bool is_spread = min < max;
  Histogram histogram = is_spread ? with_buckets(std::move(tag), min, max, kMostBuckets)
                                  : with_buckets(std::move(tag), min - 0.5, max + 0.5, 1);
  histogram.count = count;
  histogram.sum = sum;
  histogram.sum_of_squares = sum_of_squares;
  const std::size_t last = histogram.counts.size() - 1;
  for (const double value : values) {
    if (!fits_float(value)) continue;
    const double share = is_spread ? (value - min) / (max - min) : 0;
    const auto bucket = static_cast<std::size_t>(share * static_cast<double>(kMostBuckets));
    ++histogram.counts[std::min(bucket, last)];
  }
  return histogram;
}

Histogram degree_histogram(std::string tag, std::span<const std::uint32_t> degrees) {
  if (degrees.empty()) return {.tag = std::move(tag)};
  const auto [min, max] = std::minmax_element(degrees.begin(), degrees.end());
  const std::uint64_t integers = std::uint64_t{*max} - *min + 1;
  const std::uint64_t width = (integers + kMostBuckets - 1) / kMostBuckets;
  const std::size_t buckets = (integers + width - 1) / width;
  const double first = static_cast<double>(*min) - 0.5;
  Histogram histogram =
      with_buckets(std::move(tag), first, first + static_cast<double>(buckets * width), buckets);
  for (const std::uint32_t degree : degrees) {
    ++histogram.counts[(degree - *min) / width];
    const auto value = static_cast<double>(degree);
    histogram.sum += value;
    histogram.sum_of_squares += static_cast<double>(degree) * degree;
  }
  histogram.count = static_cast<double>(degrees.size());
  return histogram;
}

}  // namespace regrow

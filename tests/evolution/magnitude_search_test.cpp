// The smallest magnitudes of several layers together, against a plain sort.
#include "evolution/magnitude_search.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>
#include <vector>

namespace regrow {
namespace {

using Layers = std::vector<std::vector<double>>;

std::uint64_t key_of(double weight, std::uint32_t key_bits) {
  if (key_bits == 63) return std::bit_cast<std::uint64_t>(std::fabs(weight));
  return std::bit_cast<std::uint32_t>(std::fabs(static_cast<float>(weight)));
}

std::vector<LayerMeasures> counted(const Layers& layers, const MagnitudeDigit& digit) {
  std::vector<LayerMeasures> measures;
  for (const std::vector<double>& weights : layers) {
    LayerMeasures& layer = measures.emplace_back();
    if (weights.empty()) continue;  // as a dense layer
    layer.magnitudes.resize(std::size_t{1} << digit.width);
    for (const double weight : weights) {
      const std::uint64_t key = key_of(weight, digit.key_bits);
      if (key >> digit.shift >> digit.width != digit.prefix) continue;
      ++layer.magnitudes[(key >> digit.shift) & ((std::uint64_t{1} << digit.width) - 1)];
    }
  }
  return measures;
}

std::vector<std::uint64_t> found(const Layers& layers, std::uint64_t count,
                                 std::uint32_t key_bits) {
  MagnitudeSearch search(count, key_bits, layers.size());
  while (const auto digit = search.next()) search.take(counted(layers, *digit));
  return search.chosen();
}

/// By a sort of all of them, equals by layer.
std::vector<std::uint64_t> expected(const Layers& layers, std::uint64_t count,
                                    std::uint32_t key_bits) {
  std::vector<std::pair<std::uint64_t, std::size_t>> all;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    for (const double weight : layers[l]) all.emplace_back(key_of(weight, key_bits), l);
  }
  std::sort(all.begin(), all.end());
  std::vector<std::uint64_t> chosen(layers.size());
  for (std::uint64_t i = 0; i < count; ++i) ++chosen[all[i].second];
  return chosen;
}

RC_GTEST_PROP(MagnitudeSearch, FindsWhatASortFinds, ()) {
  const std::uint32_t key_bits = *rc::gen::element(31U, 63U);
  Layers layers(*rc::gen::inRange<std::size_t>(1, 4));
  std::uint64_t all = 0;
  for (std::vector<double>& layer : layers) {
    layer.resize(*rc::gen::inRange<std::size_t>(0, 40));
    // Few values, so that there are equals within a layer and between layers; zeros and subnormals.
    for (double& weight : layer) {
      weight = *rc::gen::element(0.0, -0.0, 1e-42, 0.1, -0.1, 0.2, 1e30,
                                 *rc::gen::inRange(-900, 900) / 7.0);
    }
    all += layer.size();
  }
  const auto count = *rc::gen::inRange<std::uint64_t>(0, all + 1);
  RC_ASSERT(found(layers, count, key_bits) == expected(layers, count, key_bits));
}

TEST(MagnitudeSearch, TakesEqualsFromTheEarlierLayer) {
  EXPECT_EQ(found({{0.5, 0.5}, {}, {0.5, 0.1}}, 3, 31), (std::vector<std::uint64_t>{2, 0, 1}));
}

TEST(MagnitudeSearch, NeedsNoCountsOfNothing) {
  EXPECT_FALSE(MagnitudeSearch(0, 31, 2).next());
  EXPECT_EQ(MagnitudeSearch(0, 31, 2).chosen(), (std::vector<std::uint64_t>{0, 0}));
}

TEST(MagnitudeSearch, RefusesMoreThanThereAre) {
  MagnitudeSearch search(3, 31, 1);
  EXPECT_THROW(search.take(counted({{1.0, 2.0}}, *search.next())), std::logic_error);
  EXPECT_THROW(MagnitudeSearch(1, 31, 1).chosen(), std::logic_error);
}

}  // namespace
}  // namespace regrow

// The keyed permutation: a bijection of every size, and a fair sampler by chi-square. All seeds are
// fixed, so nothing here is flaky; critical values are those of the level 0.001.
#include "regrow/bijection.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace regrow {
namespace {

Bijection permutation_of(std::uint64_t size, std::uint64_t seed) {
  return Bijection(size, seed, Purpose::kGrow, 1, 2);
}

void expect_permutation(std::uint64_t size, std::uint64_t seed) {
  const Bijection permutation = permutation_of(size, seed);
  std::vector<bool> hit(size, false);
  for (std::uint64_t i = 0; i < size; ++i) {
    const std::uint64_t image = permutation(i);
    ASSERT_LT(image, size);
    ASSERT_FALSE(hit[image]) << "size " << size << ", image " << image << " comes twice";
    hit[image] = true;
  }
}

TEST(Bijection, PermutesEverySizeAroundTheBorders) {
  for (const std::uint64_t size :
       {0,    1,    2,    3,    4,    5,    7,    8,    100,  1000,  1022,  1023,  1024, 1025,
        1026, 2047, 2048, 2049, 4095, 4096, 4097, 5000, 9999, 16384, 16385, 65535, 65537}) {
    expect_permutation(size, 1);
  }
}

RC_GTEST_PROP(Bijection, PermutesAnySizeUnderAnySeed, (std::uint64_t seed)) {
  const auto size = *rc::gen::inRange<std::uint64_t>(1, 20000);
  expect_permutation(size, seed);
}

TEST(Bijection, StaysInRangeAndDistinctForHugeSizes) {
  for (const std::uint64_t size : {(std::uint64_t{1} << 33) + 1, (std::uint64_t{1} << 62) - 1}) {
    const Bijection permutation = permutation_of(size, 5);
    std::set<std::uint64_t> images;
    for (std::uint64_t i = 0; i < 1000; ++i) images.insert(permutation(size - 1 - i));
    EXPECT_EQ(images.size(), 1000U);
    EXPECT_LT(*images.rbegin(), size);
    EXPECT_GT(*images.rbegin(), size / 2);
  }
}

TEST(Bijection, RefusesSizesItsBitsCannotHold) {
  EXPECT_THROW(permutation_of(std::uint64_t{1} << 62, 0), std::logic_error);
}

TEST(Bijection, DependsOnEveryPartOfItsKey) {
  for (const std::uint64_t size : {std::uint64_t{1000}, std::uint64_t{5000}}) {
    const auto images = [size](const Bijection& permutation) {
      std::vector<std::uint64_t> out(size);
      for (std::uint64_t i = 0; i < size; ++i) out[i] = permutation(i);
      return out;
    };
    const std::set<std::vector<std::uint64_t>> different = {
        images(Bijection(size, 1, Purpose::kGrow, 1, 1, 1)),
        images(Bijection(size, 2, Purpose::kGrow, 1, 1, 1)),
        images(Bijection(size, std::uint64_t{1} << 32 | 1, Purpose::kGrow, 1, 1, 1)),
        images(Bijection(size, 1, Purpose::kTopology, 1, 1, 1)),
        images(Bijection(size, 1, Purpose::kGrow, 2, 1, 1)),
        images(Bijection(size, 1, Purpose::kGrow, 1, 2, 1)),
        images(Bijection(size, 1, Purpose::kGrow, 1, 1, 2)),
    };
    EXPECT_EQ(different.size(), 7U);
    EXPECT_EQ(images(Bijection(size, 1, Purpose::kGrow, 1, 1, 1)),
              images(Bijection(size, 1, Purpose::kGrow, 1, 1, 1)));
  }
}

// How often each cell is among the first `count` images over many seeds. Sampling without
// replacement has per-cell variance seeds·q(1−q) and correlation −1/(size−1), so that
// Σ(hits − mean)²/variance·(size−1)/size follows chi-square with size − 1 degrees of freedom.
double sampling_chi_square(std::uint64_t size, std::uint64_t count, std::uint64_t seeds) {
  std::vector<double> hits(size, 0.0);
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const Bijection permutation = permutation_of(size, seed);
    for (std::uint64_t k = 0; k < count; ++k) hits[permutation(k)] += 1;
  }
  const auto n = static_cast<double>(size);
  const double share = static_cast<double>(count) / n;
  const double mean = static_cast<double>(seeds) * share;
  double sum = 0;
  for (const double hit : hits) sum += (hit - mean) * (hit - mean);
  return sum / (mean * (1 - share)) * (n - 1) / n;
}

TEST(Bijection, SamplesEveryCellEquallyOftenInSmallSizes) {
  EXPECT_LT(sampling_chi_square(100, 10, 4000), 148.23);  // 99 degrees of freedom
  EXPECT_GT(sampling_chi_square(100, 10, 4000), 58.0);    // nor suspiciously even: level 0.0003
}

TEST(Bijection, SamplesEveryCellEquallyOftenByFeistelNetworks) {
  EXPECT_LT(sampling_chi_square(2000, 200, 1000), 2200.1);  // 1999 degrees of freedom
  EXPECT_GT(sampling_chi_square(2000, 200, 1000), 1808.0);
  EXPECT_LT(sampling_chi_square(1024, 100, 1000), 1168.5);  // 1023; the narrowest network
  EXPECT_GT(sampling_chi_square(1024, 100, 1000), 888.0);
}

// Chi-square of the pair of images of two neighbouring indices, in 8 × 8 classes: class_of maps an
// image to one of 8 equally large classes.
template <typename ClassOf>
double pair_chi_square(std::uint64_t size, std::uint64_t first, const ClassOf& class_of) {
  constexpr std::uint64_t kSeeds = 20000;
  std::array<double, 64> hits{};
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Bijection permutation = permutation_of(size, seed);
    hits[class_of(permutation(first)) * 8 + class_of(permutation(first + 1))] += 1;
  }
  const auto n = static_cast<double>(size);
  double sum = 0;
  for (std::size_t pair = 0; pair < hits.size(); ++pair) {
    const double partners = pair / 8 == pair % 8 ? n / 8 - 1 : n / 8;
    const double mean = kSeeds / 8.0 * partners / (n - 1);
    sum += (hits[pair] - mean) * (hits[pair] - mean) / mean;
  }
  return sum;
}

TEST(Bijection, ImagesOfNeighboursAreIndependent) {
  constexpr double kCritical = 103.44;  // 63 degrees of freedom
  for (const std::uint64_t size : {std::uint64_t{1024}, std::uint64_t{5000}}) {
    const auto by_high_bits = [size](std::uint64_t image) { return image * 8 / size; };
    const auto by_low_bits = [](std::uint64_t image) { return image % 8; };
    for (const std::uint64_t first : {std::uint64_t{0}, size / 2 - 1}) {
      EXPECT_LT(pair_chi_square(size, first, by_high_bits), kCritical) << size << " " << first;
      EXPECT_LT(pair_chi_square(size, first, by_low_bits), kCritical) << size << " " << first;
    }
  }
}

TEST(Bijection, TakesAllOrdersOfThreeEquallyOften) {
  std::array<double, 27> hits{};
  for (std::uint64_t seed = 0; seed < 6000; ++seed) {
    const Bijection permutation = permutation_of(3, seed);
    hits[permutation(0) * 9 + permutation(1) * 3 + permutation(2)] += 1;
  }
  double sum = 0;
  for (const double hit : hits) sum += hit > 0 ? (hit - 1000) * (hit - 1000) / 1000 : 0;
  EXPECT_EQ(std::count(hits.begin(), hits.end(), 0.0), 27 - 6);
  EXPECT_LT(sum, 20.52);  // 5 degrees of freedom
}

// Computed by a second implementation of the header's definition.
TEST(Bijection, NeverChangesFromOneVersionToTheNext) {
  const Bijection small(10, 42, Purpose::kGrow, 2, 5, 3);
  const Bijection large(12'288'000, 42, Purpose::kGrow, 2, 5, 3);
  const auto first_four = [](const Bijection& b) {
    return std::vector<std::uint64_t>{b(0), b(1), b(2), b(3)};
  };
  EXPECT_EQ(first_four(small), (std::vector<std::uint64_t>{2, 4, 9, 1}));
  EXPECT_EQ(first_four(large), (std::vector<std::uint64_t>{10004690, 1676385, 9799293, 4971902}));
}

}  // namespace
}  // namespace regrow

// The hold-out: sizes, disjointness, and that it belongs to the data seed alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "readers/data_files.h"
#include "regrow/bijection.h"
#include "regrow/dataset.h"

namespace regrow {
namespace {

Dataset dataset_of(std::size_t samples) {
  Dataset dataset;
  dataset.name = "numbers";
  dataset.train = {std::vector<std::uint8_t>(samples), std::vector<std::uint16_t>(samples)};
  dataset.test = {std::vector<std::uint8_t>(3), {7, 8, 9}};
  for (std::size_t i = 0; i < samples; ++i) {
    dataset.train.labels[i] = static_cast<std::uint16_t>(i % 1000);
  }
  return dataset;
}

TEST(SplitValidation, EverySampleTrainsOrValidatesNeverBoth) {
  for (const std::size_t samples : {10UL, 2500UL}) {
    for (const std::size_t count : {std::size_t{1}, samples / 5, samples - 1}) {
      Dataset dataset = dataset_of(samples);
      split_validation(dataset, false, count, 0);
      EXPECT_EQ(dataset.validation_ids.size(), count);
      EXPECT_TRUE(std::is_sorted(dataset.validation_ids.begin(), dataset.validation_ids.end()));
      EXPECT_TRUE(std::is_sorted(dataset.train_ids.begin(), dataset.train_ids.end()));
      std::vector<std::uint32_t> all = dataset.train_ids;
      all.insert(all.end(), dataset.validation_ids.begin(), dataset.validation_ids.end());
      std::sort(all.begin(), all.end());
      ASSERT_EQ(all.size(), samples);
      for (std::uint32_t i = 0; i < samples; ++i) EXPECT_EQ(all[i], i);
    }
  }
}

TEST(SplitValidation, HoldsOutTheFirstOfThePermutationOfTheDataSeed) {
  Dataset dataset = dataset_of(2500);
  split_validation(dataset, false, 20, 17);
  const Bijection order(2500, 17, Purpose::kHoldOut, 0, 0);
  std::vector<std::uint32_t> expected;
  for (std::uint64_t i = 0; i < 20; ++i) expected.push_back(static_cast<std::uint32_t>(order(i)));
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(dataset.validation_ids, expected);
}

TEST(SplitValidation, DependsOnTheDataSeed) {
  Dataset first = dataset_of(2500);
  Dataset second = dataset_of(2500);
  split_validation(first, false, 500, 0);
  split_validation(second, false, 500, 1);
  EXPECT_NE(first.validation_ids, second.validation_ids);
  split_validation(second, false, 500, 0);
  EXPECT_EQ(first.validation_ids, second.validation_ids);
  EXPECT_EQ(first.train_ids, second.train_ids);
}

/// Labels of `sizes` samples of each class, mixed.
std::vector<std::uint16_t> labels_of(const std::vector<std::size_t>& sizes) {
  std::vector<std::uint16_t> labels;
  for (std::size_t round = 0; round < *std::max_element(sizes.begin(), sizes.end()); ++round) {
    for (std::size_t c = 0; c < sizes.size(); ++c) {
      if (round < sizes[c]) labels.push_back(static_cast<std::uint16_t>(c));
    }
  }
  return labels;
}

std::vector<std::size_t> chosen_of_classes(const std::vector<std::uint16_t>& labels,
                                           const std::vector<std::uint32_t>& chosen,
                                           std::size_t classes) {
  std::vector<std::size_t> counts(classes);
  for (const std::uint32_t id : chosen) ++counts.at(labels.at(id));
  return counts;
}

std::vector<std::size_t> stratified_counts(const std::vector<std::size_t>& sizes, double share) {
  const std::vector<std::uint16_t> labels = labels_of(sizes);
  const std::vector<std::uint32_t> chosen = stratified(labels, share, 5, Purpose::kHoldOut);
  EXPECT_TRUE(std::is_sorted(chosen.begin(), chosen.end()));
  EXPECT_EQ(std::adjacent_find(chosen.begin(), chosen.end()), chosen.end()) << "twice";
  return chosen_of_classes(labels, chosen, sizes.size());
}

using Counts = std::vector<std::size_t>;

TEST(Stratified, TakesTheShareOfEveryClassRounded) {
  EXPECT_EQ(stratified_counts({100, 10, 7, 0, 50}, 0.2), (Counts{20, 2, 1, 0, 10}));
  EXPECT_EQ(stratified_counts({100, 10, 5}, 0.5), (Counts{50, 5, 3}));
  EXPECT_EQ(stratified_counts({100}, 0.07), (Counts{7}));
}

TEST(Stratified, TakesOneOfAClassAtLeastAndNeverAll) {
  EXPECT_EQ(stratified_counts({1000, 4, 2}, 1e-9), (Counts{1, 1, 1}));
  EXPECT_EQ(stratified_counts({1000, 4, 2}, 1 - 1e-9), (Counts{999, 3, 1}));
  EXPECT_EQ(stratified_counts({1000, 4, 2}, std::numeric_limits<double>::denorm_min()),
            (Counts{1, 1, 1}));
}

TEST(Stratified, LeavesAClassOfOneSample) {
  EXPECT_EQ(stratified_counts({1, 10, 1}, 0.5), (Counts{0, 5, 0}));
  EXPECT_EQ(stratified_counts({1, 1}, 0.9), (Counts{0, 0}));
  EXPECT_TRUE(stratified({}, 0.5, 0, Purpose::kHoldOut).empty());
}

// Which is what targets are: labels that are all 0.
TEST(Stratified, OfOneClassIsOfAll) { EXPECT_EQ(stratified_counts({37}, 0.1), (Counts{4})); }

TEST(Stratified, TakesTheFirstOfThePermutationsOfTheClasses) {
  std::vector<std::uint16_t> labels;
  for (std::uint32_t i = 0; i < 90; ++i) labels.push_back(static_cast<std::uint16_t>(i % 3));
  std::vector<std::uint32_t> expected;
  for (std::uint32_t c = 0; c < 3; ++c) {
    const Bijection order(30, 17, Purpose::kHoldOut, c, 0);
    for (std::uint64_t i = 0; i < 12; ++i) {
      expected.push_back(3 * static_cast<std::uint32_t>(order(i)) + c);
    }
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(stratified(labels, 0.4, 17, Purpose::kHoldOut), expected);
}

TEST(Stratified, DependsOnSeedAndPurpose) {
  const std::vector<std::uint16_t> labels = labels_of({200, 300});
  const auto chosen = [&](std::uint64_t seed, Purpose purpose) {
    return stratified(labels, 0.3, seed, purpose);
  };
  EXPECT_EQ(chosen(1, Purpose::kHoldOut), chosen(1, Purpose::kHoldOut));
  EXPECT_NE(chosen(1, Purpose::kHoldOut), chosen(2, Purpose::kHoldOut));
  EXPECT_NE(chosen(1, Purpose::kHoldOut), chosen(1, Purpose::kSynthetic));
}

TEST(SplitValidation, OfAShareHoldsOutWhatIsStratified) {
  Dataset dataset = dataset_of(3000);  // three samples of each of 1000 classes
  split_validation(dataset, 0.3, 11);
  EXPECT_FALSE(dataset.validation_is_test);
  EXPECT_EQ(dataset.validation_ids, stratified(dataset.train.labels, 0.3, 11, Purpose::kHoldOut));
  EXPECT_EQ(dataset.validation_ids.size(), 1000U);
  std::vector<std::uint32_t> all = dataset.train_ids;
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  all.insert(all.end(), dataset.validation_ids.begin(), dataset.validation_ids.end());
  std::sort(all.begin(), all.end());
  ASSERT_EQ(all.size(), 3000U);
  for (std::uint32_t i = 0; i < 3000; ++i) EXPECT_EQ(all[i], i);
}

TEST(SplitValidation, OfAShareNeedsAClassOfTwoSamples) {
  Dataset dataset = dataset_of(1000);  // one sample of each class
  expect_error([&] { split_validation(dataset, 0.25, 0); },
               {"holdout:25%: numbers has no class of two or more training samples",
                "; validate with --validation test"});
  std::fill(dataset.train.labels.begin(), dataset.train.labels.end(), std::uint16_t{0});
  split_validation(dataset, 0.25, 0);
  EXPECT_EQ(dataset.validation_ids.size(), 250U);
}

TEST(SplitValidation, ViewsShowTheSamplesOfTheirSplit) {
  Dataset dataset = dataset_of(1000);
  split_validation(dataset, false, 100, 3);
  EXPECT_EQ(view(dataset, Split::kTrain).size(), 900U);
  EXPECT_EQ(view(dataset, Split::kValidation).size(), 100U);
  EXPECT_EQ(view(dataset, Split::kTest).size(), 3U);
  EXPECT_EQ(view(dataset, Split::kTrain).label(5), dataset.train_ids[5]);
  EXPECT_EQ(view(dataset, Split::kValidation).label(7), dataset.validation_ids[7]);
  EXPECT_EQ(view(dataset, Split::kTest).label(2), 9);
}

TEST(SplitValidation, OnTheTestSetTrainsOnAllTrainingImages) {
  Dataset dataset = dataset_of(1000);
  split_validation(dataset, true, 0, 0);
  EXPECT_EQ(dataset.train_ids.size(), 1000U);
  EXPECT_TRUE(dataset.validation_ids.empty());
  EXPECT_EQ(view(dataset, Split::kValidation).size(), 3U);
  EXPECT_EQ(view(dataset, Split::kValidation).label(0), 7);
}

TEST(SplitValidation, RefusesToLeaveNothingOnEitherSide) {
  Dataset dataset = dataset_of(1000);
  for (const std::size_t count : {0UL, 1000UL, 5000UL}) {
    expect_error([&] { split_validation(dataset, false, count, 0); },
                 {"holdout:" + std::to_string(count), "numbers has 1,000 training samples",
                  "; hold out 1 to 999 with --validation holdout:N"});
  }
  Dataset single = dataset_of(1);
  expect_error([&] { split_validation(single, false, 1, 0); },
               {"1 training sample, too few to hold out any; validate with --validation test"});
}

}  // namespace
}  // namespace regrow

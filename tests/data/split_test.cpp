// The hold-out: sizes, disjointness, and that it belongs to the data seed alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
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

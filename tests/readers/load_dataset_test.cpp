// From a configuration to a data set ready to be trained on.
#include "regrow/load_dataset.h"

#include <gtest/gtest.h>

#include <string>

#include "readers/data_files.h"
#include "regrow/data_config.h"

namespace regrow {
namespace {

DataConfig synthetic_config() {
  DataConfig config;
  config.dataset = DatasetName::kSynthetic;
  config.synthetic_features = 10;
  config.synthetic_classes = 3;
  config.synthetic_train = 90;
  config.synthetic_test = 30;
  config.validation = Validation{20};
  return config;
}

TEST(LoadDataset, FollowsTheConfiguration) {
  DataConfig config = synthetic_config();
  config.input_order = InputOrder::kChw;
  const Dataset dataset = load_dataset(config);
  EXPECT_EQ(dataset.shape.features(), 10U);
  EXPECT_EQ(dataset.classes(), 3U);
  EXPECT_EQ(dataset.order, InputOrder::kChw);
  EXPECT_EQ(dataset.train_ids.size(), 70U);
  EXPECT_EQ(dataset.validation_ids.size(), 20U);
  EXPECT_EQ(dataset.test.size(), 30U);
  EXPECT_EQ(dataset.standardisation, compute_standardisation(dataset));
}

TEST(LoadDataset, ValidatesOnTheTestSetWhereAsked) {
  DataConfig config = synthetic_config();
  config.validation = Validation{0};
  const Dataset dataset = load_dataset(config);
  EXPECT_TRUE(dataset.validation_is_test);
  EXPECT_EQ(dataset.train_ids.size(), 90U);
}

TEST(LoadDataset, DependsOnTheDataSeed) {
  DataConfig config = synthetic_config();
  const Dataset first = load_dataset(config);
  EXPECT_EQ(load_dataset(config).validation_ids, first.validation_ids);
  EXPECT_EQ(load_dataset(config).train.bytes(), first.train.bytes());
  config.data_seed = 5;
  EXPECT_NE(load_dataset(config).validation_ids, first.validation_ids);
  EXPECT_NE(load_dataset(config).train.bytes(), first.train.bytes());
}

TEST(LoadDataset, NamesTheFlagWhereTheFolderIsMissing) {
  DataConfig config;
  config.dataset = DatasetName::kCifar10;
  expect_error([&] { load_dataset(config); }, {"cifar10", "--data", "get_cifar10.sh"});
  config.dataset = DatasetName::kMnist;
  expect_error([&] { load_dataset(config); }, {"mnist", "--data"});
}

}  // namespace
}  // namespace regrow

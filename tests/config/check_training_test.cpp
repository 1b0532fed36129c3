// Losses, what goes with them, and what chooses the best epoch.
#include "config/check_training.h"

#include <gtest/gtest.h>

#include <string>

#include "config/every_choice.h"
#include "config/settings.h"
#include "regrow/error.h"

namespace regrow {
namespace {

/// What resolve() says of a run of synthetic data with these flags, as "--loss=mse".
std::string refusal_of(std::initializer_list<std::pair<const char*, const char*>> flags) {
  Config config = preset_config(PresetName::kDefault, DatasetName::kSynthetic);
  for (const auto& [key, value] : flags) {
    find_setting(key)->set_from_string(config, value, flag_of(key));
  }
  try {
    resolve(config);
    return "accepted";
  } catch (const UsageError& error) {
    return error.what();
  }
}

Config with_auto_resolved(Config config) {
  resolve(config);
  return config;
}

TEST(Monitor, IsTheValidationAccuracyOrOfTheSquaredErrorItsLoss) {
  Config config = preset_config(PresetName::kDefault, DatasetName::kMnist);
  EXPECT_EQ(with_auto_resolved(config).monitor, Measure::kValAcc);
  config.loss = LossKind::kMse;
  EXPECT_EQ(with_auto_resolved(config).monitor, Measure::kValLoss);
  for (const Measure given : {Measure::kLoss, Measure::kValLoss, Measure::kAcc, Measure::kValAcc}) {
    config.monitor = given;
    EXPECT_EQ(with_auto_resolved(config).monitor, given);
  }
}

TEST(Loss, OfSquaresKnowsNoProbabilities) {
  EXPECT_EQ(refusal_of({{"loss", "mse"}}), "accepted");
  EXPECT_EQ(refusal_of({{"label_smoothing", "0.1"}, {"class_weight", "balanced"}}), "accepted");
  EXPECT_EQ(refusal_of({{"loss", "mse"}, {"label_smoothing", "0.1"}}),
            "--label-smoothing: '0.1' does not go with --loss mse, which knows no probabilities of "
            "classes; leave --label-smoothing out, or choose --loss cross_entropy");
  for (const char* weights : {"balanced", "1,2,3,4"}) {
    EXPECT_EQ(refusal_of({{"loss", "mse"}, {"class_weight", weights}}),
              std::string("--class-weight: '") + weights +
                  "' does not go with --loss mse, which knows no probabilities of classes; leave "
                  "--class-weight out, or choose --loss cross_entropy");
  }
  EXPECT_EQ(refusal_of({{"loss", "mse"}, {"initial_loss", "ln_classes"}}),
            "--initial-loss: 'ln_classes' does not go with --loss mse: it is the cross entropy of "
            "guessing; choose first, or a number");
}

TEST(Regression, IsTrainedForTheSquaredErrorAndHasNoAccuracy) {
  EXPECT_EQ(refusal_of({{"synthetic_kind", "regression"}, {"loss", "mse"}}), "accepted");
  EXPECT_EQ(refusal_of({{"synthetic_kind", "regression"}}),
            "--loss: 'cross_entropy' does not go with --synthetic-kind regression, which has "
            "numbers to predict and no labels; choose --loss mse, or --synthetic-kind teacher");
  for (const char* key : {"monitor", "pause"}) {
    for (const char* value : {"acc", "val_acc"}) {
      EXPECT_EQ(refusal_of({{"synthetic_kind", "regression"}, {"loss", "mse"}, {key, value}}),
                flag_of(key) + ": '" + value +
                    "' does not go with --synthetic-kind regression, which has no labels and so no "
                    "accuracy; choose loss or val_loss");
    }
    EXPECT_EQ(refusal_of({{"synthetic_kind", "regression"}, {"loss", "mse"}, {key, "loss"}}),
              "accepted");
  }
  EXPECT_EQ(
      refusal_of({{"synthetic_kind", "regression"}, {"loss", "mse"}, {"method", "accset"}}),
      "--measure: 'val_acc' does not go with --synthetic-kind regression, which has no labels and "
      "so no accuracy; choose loss or val_loss, of --method lset or dynset, or --method set");
}

TEST(Regression, ConcernsSyntheticDataAlone) {
  Config config = preset_config(PresetName::kDefault, DatasetName::kMnist);
  config.synthetic_kind = SyntheticKind::kRegression;
  EXPECT_FALSE(predicts_numbers(config));
  EXPECT_NO_THROW(resolve(config));
  config.dataset = DatasetName::kSynthetic;
  EXPECT_TRUE(predicts_numbers(config));
}

TEST(Regression, SteersEveryMethodThatALossSteersWithoutBeingTold) {
  for (const Method method : every_choice("method", &Config::method)) {
    if (method == Method::kAccSet) continue;
    Config config = preset_config(PresetName::kDefault, DatasetName::kSynthetic, method);
    config.synthetic_kind = SyntheticKind::kRegression;
    config.loss = LossKind::kMse;
    EXPECT_NO_THROW(resolve(config)) << name_of(method);
  }
}

TEST(Activation, IsOneForAllHiddenLayersOrOneForEach) {
  EXPECT_EQ(refusal_of({{"hidden", "64,64"}, {"activation", "gelu"}}), "accepted");
  EXPECT_EQ(refusal_of({{"hidden", "64,64"}, {"activation", "gelu,srelu"}}), "accepted");
  EXPECT_EQ(refusal_of({{"hidden", "64,64"}, {"activation", "gelu,srelu,relu"}}),
            "--activation: gelu,srelu,relu names 3, but --hidden 64,64 has 2 layers; give one for "
            "all, or one for each");
  EXPECT_EQ(
      refusal_of({{"hidden", "64"}, {"activation", "gelu,relu"}}),
      "--activation: gelu,relu names 2, but --hidden 64 has 1 layer; give one for all, or one "
      "for each");
}

}  // namespace
}  // namespace regrow

#include "config/check_training.h"

#include <fmt/format.h>

#include <string>

#include "config/settings.h"
#include "regrow/error.h"
#include "regrow/evolution/measure.h"

namespace regrow {
namespace {

void check_loss(const Config& config) {
  if (config.loss != LossKind::kMse) return;
  const auto refuse = [&](const char* key) {
    throw UsageError(
        fmt::format("{} does not go with --loss mse, which knows no probabilities of classes; "
                    "leave {} out, or choose --loss cross_entropy",
                    flag_and_value(config, key), flag_of(key)));
  };
  if (config.label_smoothing > 0) refuse("label_smoothing");
  if (config.class_weight != ClassWeights()) refuse("class_weight");
  if (config.initial_loss.kind == InitialLoss::Kind::kLnClasses) {
    throw UsageError(fmt::format(
        "{} does not go with --loss mse: it is the cross entropy of guessing; choose first, or a "
        "number",
        flag_and_value(config, "initial_loss")));
  }
}

void check_numbers_to_predict(const Config& config) {
  if (!predicts_numbers(config)) return;
  const char* const data = config.dataset == DatasetName::kCustom ? "--loss mse of your own data"
                                                                  : "--synthetic-kind regression";
  if (config.loss != LossKind::kMse) {
    throw UsageError(fmt::format(
        "{} does not go with --synthetic-kind regression, which has numbers to predict and no "
        "labels; choose --loss mse, or --synthetic-kind teacher",
        flag_and_value(config, "loss")));
  }
  for (const char* key : {"measure", "pause", "monitor"}) {
    const std::string value = value_text(config, key);
    if (value != "acc" && value != "val_acc") continue;
    throw UsageError(fmt::format(
        "{} does not go with {}, which has no labels and so no accuracy; "
        "choose loss or val_loss{}",
        flag_and_value(config, key), data,
        std::string(key) == "measure" ? ", of --method lset or dynset, or --method set" : ""));
  }
}

}  // namespace

bool predicts_numbers(const Config& config) {
  if (config.dataset == DatasetName::kCustom) return config.loss == LossKind::kMse;
  return config.dataset == DatasetName::kSynthetic &&
         config.synthetic_kind == SyntheticKind::kRegression;
}

void resolve_monitor(Config& config) {
  if (config.monitor != Measure::kAuto) return;
  config.monitor = config.loss == LossKind::kMse ? Measure::kValLoss : Measure::kValAcc;
}

namespace {

/// Settings that would say nothing.
void check_own_data(const Config& config) {
  if (config.dataset == DatasetName::kCustom) return;
  const Config usual = Config();
  for (const char* key :
       {"test", "data_format", "label", "libsvm_features", "image_size", "test_split"}) {
    if (value_text(config, key) == value_text(usual, key)) continue;
    throw UsageError(fmt::format(
        "{} does not go with --dataset {}, whose files are of one form; leave {} out, or choose "
        "--dataset custom",
        flag_and_value(config, key), name_of(config.dataset), flag_of(key)));
  }
}

}  // namespace

void check_training(const Config& config) {
  check_own_data(config);
  check_loss(config);
  check_numbers_to_predict(config);
}

}  // namespace regrow

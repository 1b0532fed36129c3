// The rows of section [training].
#include <iterator>
#include <span>
#include <string>
#include <utility>

#include "config/class_weight_text.h"
#include "config/setting_kinds.h"
#include "config/setting_sections.h"
#include "config/setting_traits.h"
#include "regrow/parts.h"

namespace regrow {
namespace {

// Floats hold g² only above 1e-45, so that the root of the mean may be 0 where the mean is 1e-23:
// the least ε keeps their quotient finite and small.
constexpr RealRange kAdamEpsilon{.lowest = 1e-20, .highest = 1};

template <typename Kind>
std::vector<std::pair<Kind, std::string>> names_of(std::span<const PartRow<Kind>> rows) {
  std::vector<std::pair<Kind, std::string>> names;
  for (const PartRow<Kind>& row : rows) names.emplace_back(row.kind, row.name);
  return names;
}

Setting class_weight() {
  Setting setting = parsed(
      "class_weight", SettingKind::kTextOrList, &Config::class_weight,
      "none, balanced, a number from 0 to 1000000 for each class, separated by commas, or a "
      "file with one a line",
      parse_class_weight, print_class_weight,
      "what the samples of each class count in cross_entropy; balanced: all classes together "
      "alike; of a file the numbers are kept, not the name");
  setting.fault = fault_of_class_weight;
  setting.spelt_out = spelt_class_weight;
  return setting;
}

std::vector<Setting> rate_settings() {
  return {
      changes_on_resume(main_setting(
          integer("epochs", &Config::epochs, 1, kMostEpochs, "passes over the training set"))),
      main_setting(integer("seed", &Config::seed, 0, kMostSeeds,
                           "of all randomness but the data's; the same seed makes the same run")),
      integer("batch", &Config::batch, 1, kMostSamples, "samples a step"),
      with_alias(main_setting(real("learning_rate", &Config::learning_rate,
                                   {.lowest = 0, .highest = 1000, .without_lowest = true},
                                   "step size of the optimiser, before any schedule")),
                 "--lr"),
      choice("schedule", &Config::schedule,
             {{Schedule::kConstant, "constant"},
              {Schedule::kCosine, "cosine"},
              {Schedule::kStep, "step"}},
             "how the learning rate falls"),
      integer("warmup_epochs", &Config::warmup_epochs, 0, kMostEpochs,
              "epochs in which the learning rate rises linearly from 0"),
      integer("decay_epochs", &Config::decay_epochs, 0, kMostEpochs,
              "cosine schedule: its length; 0: all epochs"),
      integers("restart_epochs", &Config::restart_epochs, 1, kMostEpochs, true,
               "cosine schedule: epochs after which it starts again at the full learning rate"),
      integer("step_epochs", &Config::step_epochs, 1, kMostEpochs,
              "step schedule: epochs between two steps"),
      real("step_factor", &Config::step_factor, {.lowest = 0, .highest = 1, .without_lowest = true},
           "step schedule: what the learning rate is multiplied by"),
  };
}

std::vector<Setting> optimiser_settings() {
  return {
      choice("optimiser", &Config::optimiser, names_of(optimiser_rows()),
             "how gradients become steps; without a learning_rate given, adam and adamw take "
             "0.001"),
      real("momentum", &Config::momentum, kBelowOne,
           "sgd and nesterov: share of a step that the next one repeats"),
      real("beta1", &Config::beta1, kBelowOne,
           "adam and adamw: share of the former mean in the mean of gradients"),
      real("beta2", &Config::beta2, kBelowOne,
           "adam and adamw: share of the former mean in the mean of their squares"),
      real("adam_epsilon", &Config::adam_epsilon, kAdamEpsilon,
           "adam and adamw: added to the root of that mean"),
      choice(
          "momentum_reset", &Config::momentum_reset,
          {{MomentumReset::kEpoch, "epoch"},
           {MomentumReset::kGrown, "grown"},
           {MomentumReset::kNever, "never"}},
          "what the optimiser keeps of each connection, its momentum or its means, set to 0: all "
          "of it each epoch, of grown connections, or never"),
      real("weight_decay", &Config::weight_decay, kScale,
           "decay of weights, not of biases: L2, added to the gradient; of adamw beside it"),
      real("clip_norm", &Config::clip_norm, kScale,
           "gradients of all parameters together are scaled down to this norm where theirs is "
           "larger; 0: never"),
  };
}

std::vector<Setting> loss_settings() {
  return {
      choice("loss", &Config::loss, names_of(loss_rows()), "what training minimises"),
      real("label_smoothing", &Config::label_smoothing, kBelowOne,
           "cross_entropy: share of the target that is spread over all classes"),
      class_weight(),
      choice(
          "monitor", &Config::monitor,
          {{Measure::kAuto, "auto"},
           {Measure::kLoss, "loss"},
           {Measure::kValLoss, "val_loss"},
           {Measure::kAcc, "acc"},
           {Measure::kValAcc, "val_acc"}},
          "what chooses the best epoch, and must improve for training to go on where patience is "
          "set; auto: val_acc, or val_loss with mse"),
      changes_on_resume(integer("patience", &Config::patience, 0, kMostEpochs,
                                "training ends after so many epochs in a row without an "
                                "improvement of monitor; 0: never before its last epoch")),
      changes_on_resume(real("min_delta", &Config::min_delta, kScale,
                             "by more than this monitor must be better to be an improvement")),
  };
}

std::vector<Setting> augmentation_settings() {
  return {
      on_off("augment", &Config::augment, "rotate, shift and flip the training images"),
      real("rotate_degrees", &Config::rotate_degrees, {0, 180}, "rotation, uniform in ± degrees"),
      real("shift_fraction", &Config::shift_fraction, kShare,
           "shift in each axis, uniform in ± this share of the image"),
      real("flip_probability", &Config::flip_probability, kShare,
           "probability of a horizontal flip"),
      choice("interpolation", &Config::interpolation,
             {{Interpolation::kBilinear, "bilinear"}, {Interpolation::kNearest, "nearest"}},
             "how a rotated or shifted image gets its pixels: mixed from the four around, or the "
             "nearest one"),
  };
}

}  // namespace

std::vector<Setting> training_settings() {
  std::vector<Setting> rows;
  for (auto group : {rate_settings, optimiser_settings, loss_settings, augmentation_settings}) {
    std::vector<Setting> more = group();
    std::move(more.begin(), more.end(), std::back_inserter(rows));
  }
  return rows;
}

}  // namespace regrow

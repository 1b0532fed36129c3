// The rows of section [training].
#include "config/setting_kinds.h"
#include "config/setting_sections.h"
#include "config/setting_traits.h"

namespace regrow {

std::vector<Setting> training_settings() {
  return {
      changes_on_resume(main_setting(
          integer("epochs", &Config::epochs, 1, kMostEpochs, "passes over the training set"))),
      main_setting(integer("seed", &Config::seed, 0, kMostSeeds,
                           "of all randomness but the data's; the same seed makes the same run")),
      integer("batch", &Config::batch, 1, kMostSamples, "samples a step"),
      with_alias(main_setting(real("learning_rate", &Config::learning_rate,
                                   {.lowest = 0, .highest = 1000, .without_lowest = true},
                                   "step size of SGD, before any schedule")),
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
      real("momentum", &Config::momentum, kBelowOne, "momentum of SGD"),
      choice("momentum_reset", &Config::momentum_reset,
             {{MomentumReset::kEpoch, "epoch"},
              {MomentumReset::kGrown, "grown"},
              {MomentumReset::kNever, "never"}},
             "momentum set to 0: all of it each epoch, of grown connections, or never"),
      real("weight_decay", &Config::weight_decay, kScale, "L2 decay of weights, not of biases"),
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

}  // namespace regrow

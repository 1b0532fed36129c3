// The two presets: the paper's, and ours. What they share are the defaults of Config.

#include "regrow/config.h"

namespace regrow {

Config preset_config(PresetName preset, DatasetName dataset) {
  Config config;
  config.preset = preset;
  config.dataset = dataset;
  const bool is_mnist = dataset == DatasetName::kMnist || dataset == DatasetName::kFashionMnist;
  if (preset == PresetName::kDefault && is_mnist) {
    config.hidden = {1000, 1000, 1000};
    config.flip_probability = 0;
  }
  if (dataset == DatasetName::kSynthetic) {
    config.hidden = {64, 64};
    config.validation = "holdout:200";
    config.augment = false;  // its samples are no images
  }
  if (preset == PresetName::kPaper) {
    config.weight_init = WeightInit::kGlorotDense;
    config.sparse_init = SparseInit::kBernoulli;
    config.validation = "test";
    config.momentum_reset = MomentumReset::kEpoch;
  }
  return config;
}

}  // namespace regrow

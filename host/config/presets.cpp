// The two presets: the thesis' experiment, and what trains well on each data set.

#include <string>

#include "regrow/config.h"
#include "regrow/evolution/method.h"

namespace regrow {
namespace {

/// The thesis as written; its training is what Config begins with.
void follow_the_thesis(Config& config) {
  config.weight_init = WeightInit::kGlorotDense;
  config.sparse_init = SparseInit::kBernoulli;
  config.validation = Validation{0, 0};
  config.momentum_reset = MomentumReset::kEpoch;
}

/// A method is its parts, of which each can be set otherwise. Its measure and its pause are `auto`,
/// which resolve() replaces.
void take_parts(Config& config, const MethodRow& row) {
  config.method = row.method;
  config.evolve_every = row.evolve_every;
  config.evolve_until = row.evolve_until;
  config.zeta_schedule = row.zeta_schedule;
  config.drop = row.drop;
  config.grow = *parse_growth_rule(std::string(row.grow));
  config.candidates = row.candidates;
}

/// Chosen on held-out images, with three seeds: experiments/defaults.
void train_well(Config& config) {
  // A neuron that sums up to a hundred times as many inputs diverges at a sparse one's rate.
  const bool is_dense = method_row(config.method).is_dense;
  config.schedule = Schedule::kCosine;
  config.warmup_epochs = 1;
  if (config.dataset == DatasetName::kCifar10) {
    config.learning_rate = is_dense ? 0.01 : 0.2;
    config.dropout = 0;
    return;
  }
  config.hidden = {1000, 1000, 1000};
  config.learning_rate = is_dense ? 0.05 : 0.1;
  config.dropout = 0.1;
  config.augment = false;
  config.flip_probability = 0;  // for whom augments after all: digits have no mirror images
}

/// Of anybody's data, which are often few samples, of any kind: hold-out and batches in proportion,
/// and what trains well on four small sets (experiments/own_data).
void train_own_data_well(Config& config) {
  config.hidden = {200, 200};
  config.validation = Validation{0, 0.1};
  config.batch = 32;
  config.learning_rate = 0.01;  // of sgd, where that is asked for
  config.dropout = 0.2;
  config.monitor = Measure::kValLoss;  // of few samples, accuracies of many epochs are the same
}

/// A toy, the same for both: small, and soon trained.
void suit_synthetic_data(Config& config) {
  config.hidden = {64, 64};
  config.validation = Validation{200, 0};
  config.augment = false;  // its samples are no images
}

/// Their steps do not grow with the gradient, and are far too long at a rate of sgd. The value is
/// that of PyTorch and Keras; the schedule stays the preset's.
void suit_optimiser(Config& config, OptimiserKind optimiser) {
  config.optimiser = optimiser;
  if (slot_count(optimiser) == 2) config.learning_rate = 0.001;
}

}  // namespace

OptimiserKind usual_optimiser(DatasetName dataset) {
  return dataset == DatasetName::kCustom ? OptimiserKind::kAdam : OptimiserKind::kSgd;
}

Config preset_config(PresetName preset, DatasetName dataset, Method method,
                     OptimiserKind optimiser) {
  Config config;
  config.preset = preset;
  config.dataset = dataset;
  take_parts(config, method_row(method));
  const bool is_synthetic = dataset == DatasetName::kSynthetic;
  const bool is_own = dataset == DatasetName::kCustom;
  if (preset == PresetName::kDefault && !is_synthetic) train_well(config);
  if (is_synthetic) suit_synthetic_data(config);
  if (preset == PresetName::kDefault && is_own) train_own_data_well(config);
  if (is_own) config.augment = false;  // only who knows the samples can say
  if (preset == PresetName::kPaper) follow_the_thesis(config);
  suit_optimiser(config, optimiser);
  return config;
}

}  // namespace regrow

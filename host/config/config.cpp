// What a configuration must hold beyond single ranges, the meaning of `auto`, and views of it.

#include "regrow/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "config/check_evolution.h"
#include "config/check_training.h"
#include "config/connection_source.h"
#include "config/setting_kinds.h"
#include "config/settings.h"
#include "regrow/error.h"
#include "regrow/evolution/method.h"
#include "regrow/learning_rate.h"

namespace regrow {
namespace {

/// "accset, lset or dynset"
std::string one_of(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 < words.size() ? ", " : " or ";
    text += words[i];
  }
  return text;
}

std::vector<std::string> names_of_methods(bool (*has)(const MethodRow&)) {
  std::vector<std::string> names;
  for (const MethodRow& row : method_rows()) {
    if (has(row)) names.emplace_back(row.name);
  }
  return names;
}

// Methods without a measure keep `auto`, which then says that there is nothing to steer.
void resolve_measure(Config& config) {
  const std::vector<Measure>& measures = method_row(config.method).measures;
  if (config.measure == Measure::kAuto) {
    // Of numbers to predict there is no accuracy.
    const auto own = std::find_if(measures.begin(), measures.end(), [&](Measure measure) {
      return !predicts_numbers(config) || is_loss(measure);
    });
    if (own != measures.end())
      config.measure = *own;
    else if (!measures.empty())
      config.measure = measures.front();
    return;
  }
  if (std::find(measures.begin(), measures.end(), config.measure) != measures.end()) return;
  if (measures.empty()) {
    throw UsageError(fmt::format(
        "--measure: '{}' does not go with --method {}, whose regrowth no measure steers; leave "
        "--measure out, or choose --method {}",
        name_of(config.measure), name_of(config.method),
        one_of(names_of_methods([](const MethodRow& row) { return !row.measures.empty(); }))));
  }
  std::vector<std::string> allowed(measures.size());
  std::transform(measures.begin(), measures.end(), allowed.begin(),
                 [](Measure measure) { return name_of(measure); });
  throw UsageError(fmt::format("--measure: '{}' does not go with --method {}; allowed: {}",
                               name_of(config.measure), name_of(config.method),
                               fmt::join(allowed, " or ")));
}

void resolve_pause(Config& config) {
  const MethodRow& row = method_row(config.method);
  const bool has_own = row.pause == OwnPause::kItsMeasure;
  const Measure own = has_own ? config.measure : Measure::kNone;
  if (config.pause == Measure::kAuto) config.pause = own;
  if (has_own && config.pause != own) {
    throw UsageError(fmt::format(
        "--pause: '{}' does not go with --method {}, which pauses on its measure ({}); leave "
        "--pause out, or choose --method {}, which pause on anything",
        name_of(config.pause), row.name, name_of(config.measure),
        one_of(names_of_methods([](const MethodRow& other) {
          return !other.measures.empty() && other.pause == OwnPause::kNone;
        }))));
  }
  if (!row.evolves && config.pause != Measure::kNone) {
    throw UsageError(fmt::format(
        "--pause: '{}' does not go with --method {}, which never evolves; leave --pause out",
        name_of(config.pause), row.name));
  }
  if (config.pause_min_history <= config.pause_gap) {
    throw UsageError(fmt::format("--pause-min-history: {} must be above --pause-gap, which is {}",
                                 config.pause_min_history, config.pause_gap));
  }
}

void check_activations(const Config& config) {
  const std::size_t count = config.activation.size();
  if (count == 1 || count == config.hidden.size()) return;
  throw UsageError(
      fmt::format("--activation: {} names {}, but --hidden {} has {} layer{}; give one for all, or "
                  "one for each",
                  value_text(config, "activation"), count, value_text(config, "hidden"),
                  config.hidden.size(), config.hidden.size() == 1 ? "" : "s"));
}

void check_connections(const Config& config) {
  if (config.connections.empty()) return;
  const MethodRow& row = method_row(config.method);
  if (row.is_dense) {
    throw UsageError(fmt::format(
        "--connections: --method {} has all of them; leave --connections out", row.name));
  }
  if (config.connections.size() != config.hidden.size()) {
    throw UsageError(fmt::format(
        "--connections: {} has {} counts, but --hidden {} has {} layers; give one for each",
        value_text(config, "connections"), config.connections.size(), value_text(config, "hidden"),
        config.hidden.size()));
  }
}

void check_restarts(const Config& config) {
  const std::vector<std::int64_t>& restarts = config.restart_epochs;
  if (restarts.empty()) return;
  if (config.schedule != Schedule::kCosine) {
    throw UsageError(fmt::format(
        "--restart-epochs: '{}' does not go with --schedule {}, which never starts again; leave "
        "--restart-epochs out, or choose --schedule cosine",
        value_text(config, "restart_epochs"), value_text(config, "schedule")));
  }
  if (!std::is_sorted(restarts.begin(), restarts.end(), std::less_equal<>())) {
    throw UsageError(fmt::format(
        "--restart-epochs: {} does not ascend; give each epoch once, the earliest first",
        value_text(config, "restart_epochs")));
  }
  const std::int64_t end = cosine_piece(config, restarts.back()).end;
  if (restarts.back() >= end) {
    const std::string reason = config.decay_epochs > 0 ? "--decay-epochs" : "--epochs";
    throw UsageError(
        fmt::format("--restart-epochs: {} is not below {}, which is {}; leave it out, or raise {}",
                    restarts.back(), reason, end, reason));
  }
}

}  // namespace

void resolve(Config& config) {
  for (const Setting& setting : settings()) setting.check(config);
  Config resolved = config;
  resolve_measure(resolved);
  resolve_pause(resolved);
  resolve_monitor(resolved);
  check_training(resolved);
  check_evolution(resolved);
  check_activations(resolved);
  check_connections(resolved);
  settle_connections(resolved);
  check_restarts(resolved);
  if (resolved.augment && resolved.dataset == DatasetName::kSynthetic) {
    throw UsageError(
        "--augment: 'true' does not go with --dataset synthetic, whose samples are no images; use "
        "--augment false");
  }
  config = resolved;
}

std::string name_of(Method method) { return std::string(method_row(method).name); }

std::string name_of(Measure measure) {
  Config config;
  config.pause = measure;  // which may be any
  return value_text(config, "pause");
}

std::string name_of(DatasetName dataset) {
  Config config;
  config.dataset = dataset;
  return value_text(config, "dataset");
}

BackendOptions backend_options(const Config& config) {
  BackendOptions options;
  options.seed = static_cast<std::uint64_t>(config.seed);
  options.batch_size = static_cast<std::uint32_t>(config.batch);
  options.optimiser = {.kind = config.optimiser,
                       .momentum = config.momentum,
                       .beta1 = config.beta1,
                       .beta2 = config.beta2,
                       .epsilon = config.adam_epsilon,
                       .weight_decay = config.weight_decay,
                       .restarts_each_epoch = config.momentum_reset == MomentumReset::kEpoch};
  options.clip_norm = config.clip_norm;
  options.loss = {.kind = config.loss,
                  .label_smoothing = config.label_smoothing,
                  .class_weights = config.class_weight};
  options.dropout = config.dropout;
  options.leaky_slope = config.leaky_slope;
  options.augmentation.enabled = config.augment;
  options.augmentation.rotate_degrees = config.rotate_degrees;
  options.augmentation.shift_fraction = config.shift_fraction;
  options.augmentation.flip_probability = config.flip_probability;
  options.augmentation.interpolation = config.interpolation;
  options.threads = static_cast<unsigned>(config.threads);
  options.simd = config.simd;
  options.activations = config.activation_dtype;
  options.graph = config.cuda_graph;
  if (method_row(config.method).evolves && config.grow.by_gradient) {
    options.scored_cells = {config.candidates, config.candidate_ratio};
  }
  return options;
}

NetworkStart network_start(const Config& config, std::uint32_t features, std::uint32_t classes) {
  return {.seed = static_cast<std::uint64_t>(config.seed),
          .is_dense = method_row(config.method).is_dense,
          .features = features,
          .classes = classes,
          .slots = slot_count(config.optimiser),
          .threads = static_cast<unsigned>(config.threads)};
}

NetworkState initial_network(const Config& config, std::uint32_t features, std::uint32_t classes,
                             std::vector<std::string>* warnings) {
  return initial_network(config, network_start(config, features, classes), warnings);
}

}  // namespace regrow

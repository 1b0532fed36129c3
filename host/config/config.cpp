// What a configuration must hold beyond single ranges, the meaning of `auto`, and views of it.

#include "regrow/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "base/numbers.h"
#include "config/connection_source.h"
#include "config/setting_kinds.h"
#include "config/settings.h"
#include "regrow/error.h"
#include "regrow/policy.h"

namespace regrow {
namespace {

std::string print(const char* key, const Config& config) {
  return find_setting(key)->to_string(config);
}

/// The measures that steer a method's θ, its default first; none where θ is not steered.
std::vector<Measure> measures_of(Method method) {
  switch (method) {
    case Method::kAccSet:
      return {Measure::kValAcc, Measure::kAcc};
    case Method::kLset:
      return {Measure::kLoss, Measure::kValLoss};
    case Method::kDynSet:
      return {Measure::kLoss, Measure::kValLoss, Measure::kAcc, Measure::kValAcc};
    case Method::kStatic:
    case Method::kSet:
    case Method::kDense:
      break;
  }
  return {};
}

PauseOn pause_on(Measure measure) {
  switch (measure) {
    case Measure::kLoss:
      return PauseOn::kLoss;
    case Measure::kValLoss:
      return PauseOn::kValLoss;
    case Measure::kAcc:
      return PauseOn::kAcc;
    case Measure::kValAcc:
      return PauseOn::kValAcc;
    case Measure::kAuto:
      break;
  }
  return PauseOn::kNone;
}

// Methods without a measure keep `auto`, which then says that there is nothing to steer.
void resolve_measure(Config& config) {
  const std::vector<Measure> measures = measures_of(config.method);
  if (config.measure == Measure::kAuto) {
    if (!measures.empty()) config.measure = measures.front();
    return;
  }
  if (std::find(measures.begin(), measures.end(), config.measure) != measures.end()) return;
  if (measures.empty()) {
    throw UsageError(fmt::format(
        "--measure: '{}' does not go with --method {}, whose regrowth no measure steers; leave "
        "--measure out, or choose --method accset, lset or dynset",
        name_of(config.measure), name_of(config.method)));
  }
  std::string allowed;
  for (const Measure measure : measures) {
    allowed += (allowed.empty() ? "" : " or ") + name_of(measure);
  }
  throw UsageError(fmt::format("--measure: '{}' does not go with --method {}; allowed: {}",
                               name_of(config.measure), name_of(config.method), allowed));
}

void resolve_pause(Config& config) {
  const bool is_fixed = config.method == Method::kStatic || config.method == Method::kDense;
  const bool is_dynset = config.method == Method::kDynSet;
  const PauseOn own = is_dynset ? pause_on(config.measure) : PauseOn::kNone;
  if (config.pause == PauseOn::kAuto) config.pause = own;
  if (is_dynset && config.pause != own) {
    throw UsageError(fmt::format(
        "--pause: '{}' does not go with --method dynset, which pauses on its measure ({}); leave "
        "--pause out, or choose --method accset or lset, which pause on anything",
        name_of(config.pause), name_of(config.measure)));
  }
  if (is_fixed && config.pause != PauseOn::kNone) {
    throw UsageError(fmt::format(
        "--pause: '{}' does not go with --method {}, which never evolves; leave --pause out",
        name_of(config.pause), name_of(config.method)));
  }
  if (config.pause_min_history <= config.pause_gap) {
    throw UsageError(fmt::format("--pause-min-history: {} must be above --pause-gap, which is {}",
                                 config.pause_min_history, config.pause_gap));
  }
}

void check_connections(const Config& config) {
  if (config.connections.empty()) return;
  if (config.method == Method::kDense) {
    throw UsageError("--connections: --method dense has all of them; leave --connections out");
  }
  if (config.connections.size() != config.hidden.size()) {
    throw UsageError(fmt::format(
        "--connections: {} has {} counts, but --hidden {} has {} layers; give one for each",
        print("connections", config), config.connections.size(), print("hidden", config),
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
        print("restart_epochs", config), print("schedule", config)));
  }
  if (!std::is_sorted(restarts.begin(), restarts.end(), std::less_equal<>())) {
    throw UsageError(fmt::format(
        "--restart-epochs: {} does not ascend; give each epoch once, the earliest first",
        print("restart_epochs", config)));
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

std::string name_of(Method method) {
  Config config;
  config.method = method;
  return print("method", config);
}

std::string name_of(Measure measure) {
  Config config;
  config.measure = measure;
  return print("measure", config);
}

std::string name_of(PauseOn pause) {
  Config config;
  config.pause = pause;
  return print("pause", config);
}

std::string name_of(DatasetName dataset) {
  Config config;
  config.dataset = dataset;
  return print("dataset", config);
}

BackendOptions backend_options(const Config& config) {
  BackendOptions options;
  options.seed = static_cast<std::uint64_t>(config.seed);
  options.batch_size = static_cast<std::uint32_t>(config.batch);
  options.momentum = config.momentum;
  options.weight_decay = config.weight_decay;
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
  return options;
}

EpochSpan profiled_epochs(const Config& config) {
  EpochSpan span;
  const std::size_t colon = config.profile_epochs.find(':');
  if (colon == std::string::npos) return span;
  const bool is_span = parse_integer(config.profile_epochs.substr(0, colon), span.first) &&
                       parse_integer(config.profile_epochs.substr(colon + 1), span.last);
  return is_span ? span : EpochSpan();
}

}  // namespace regrow

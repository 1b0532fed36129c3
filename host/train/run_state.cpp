// Where a run starts, and what must hold where it goes on: its data, and its number of epochs.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backend_interface/class_weights.h"
#include "regrow/error.h"
#include "regrow/evolution/method.h"
#include "regrow/trainer.h"
#include "train/metrics_file.h"

namespace regrow {

std::uint32_t steps_per_epoch(const Config& config, const Dataset& dataset) {
  const std::size_t samples = view(dataset, Split::kTrain).size();
  const auto batch = static_cast<std::size_t>(config.batch);
  if (samples < batch) {
    throw Error(fmt::format(
        "{}: {} training samples are fewer than one batch of {}; lower --batch or hold out fewer",
        dataset.name, samples, batch));
  }
  const std::uint64_t steps = samples / batch;
  // Random streams are keyed by the step in 32 bits.
  const std::uint64_t most_epochs = std::numeric_limits<std::uint32_t>::max() / steps;
  if (static_cast<std::uint64_t>(config.epochs) > most_epochs) {
    throw UsageError(fmt::format(
        "--epochs {}: of {} steps each they exceed the 2^32 steps that a run may have; ask for at "
        "most {}, or raise --batch, now {}",
        config.epochs, steps, most_epochs, batch));
  }
  return static_cast<std::uint32_t>(steps);
}

namespace {

/// Of the columns of a table no two are neighbours.
void require_images(const Config& config, const Dataset& dataset) {
  if (dataset.schema.is_image) return;
  if (config.augment) {
    throw UsageError(fmt::format(
        "--augment: 'true' does not go with {}, whose samples are no images; use --augment false",
        dataset.name));
  }
  if (method_row(config.method).evolves && config.grow.in_image) {
    throw UsageError(fmt::format(
        "--grow: {} grows beside pixels, and the samples of {} are no images; choose another rule",
        config.grow.name, dataset.name));
  }
}

}  // namespace

Checkpoint starting_state(const Config& config, const Dataset& dataset,
                          const Capabilities& capabilities, std::vector<std::string>* warnings,
                          std::optional<GivenNetwork> given) {
  steps_per_epoch(config, dataset);
  class_weights(config.class_weight, dataset);  // throws where they do not fit
  require_images(config, dataset);
  Checkpoint state;
  state.config = config;
  state.config.device = capabilities.device;
  state.device = capabilities.device;
  state.instruction_set = capabilities.instruction_set;
  state.progress.cost.emplace();
  state.shape = dataset.shape;
  state.data_name = dataset.name;
  state.schema = dataset.schema;
  state.class_names = dataset.class_names;
  state.standardisation = dataset.standardisation;
  state.target_scale = dataset.target_scale;
  if (given) {
    require_fit(*given, dataset.shape, dataset.classes(), dataset.name);
    state.network = as_initial(std::move(given->network), config.method,
                               slot_count(config.optimiser), capabilities.precision);
    state.initial_digest = digest_of(state.network);
  } else {
    state.network = initial_network(config, dataset.shape.features(), dataset.classes(), warnings);
    state.network.precision = capabilities.precision;
  }
  if (config.topology) {
    state.explored = nothing_explored(state.network);
    explore(state.explored, state.network);
  }
  return state;
}

namespace {

/// Before version 7 a feature that is the same in all training samples had the deviation 1, and the
/// run goes on with it.
bool is_same(const Standardisation& of_state, const Standardisation& of_data) {
  return of_state.mean == of_data.mean &&
         std::equal(of_state.deviation.begin(), of_state.deviation.end(), of_data.deviation.begin(),
                    of_data.deviation.end(), [](double run, double now) {
                      return run == now || (run == 1 && std::isinf(now));
                    });
}

}  // namespace

void require_same_data(Checkpoint& state, const Dataset& dataset) {
  const DatasetDigest digest = digest_of(dataset);
  std::vector<std::string> others;
  if (state.schema != dataset.schema) others.emplace_back("other columns");
  if (state.shape != dataset.shape) others.emplace_back("another shape of samples");
  if (state.class_names != dataset.class_names) others.emplace_back("other classes");
  if (state.data == DatasetDigest()) {
    if (!is_same(state.standardisation, dataset.standardisation)) {
      others.emplace_back("other training features");
    }
  } else {
    for (std::string& part : differing_parts(state.data, digest)) others.push_back(std::move(part));
  }
  if (others.empty()) {
    state.data = digest;
    return;
  }
  throw Error(fmt::format(
      "{}: is not what this run was trained on: {}; give the former data with "
      "--data, or start a new run",
      state.config.data.empty() ? dataset.name : state.config.data, fmt::join(others, ", ")));
}

bool has_stopped_early(const Checkpoint& state) {
  return state.progress.epoch < state.config.epochs && state.progress.evolution_pending &&
         stops_early(state.config, state.history);
}

bool is_over(const Checkpoint& state) {
  return state.progress.epoch >= state.config.epochs || has_stopped_early(state);
}

void check_length(const Checkpoint& state, const Dataset& dataset, const RunFolder& folder,
                  const RunLength& length) {
  if (length == length_of(state.config)) return;
  // An epoch that has been followed by evolution cannot be the last one any more.
  const std::int64_t fewest = state.progress.epoch + (state.progress.evolution_pending ? 0 : 1);
  if (length.epochs < fewest) {
    throw UsageError(fmt::format("--epochs {}: the run in {} is beyond that; ask for at least {}",
                                 length.epochs, folder.path().string(), fewest));
  }
  Config changed = state.config;
  set_length(changed, length);
  steps_per_epoch(changed, dataset);
}

namespace {

/// The last improvement as the run's settings define it now: of the epochs that `state` has, of
/// which it holds the last itself.
void improve_anew(Checkpoint& state, const RunFolder& folder) {
  if (state.history.epochs == 0) return;
  std::optional<Improvement> improved;
  folder.visit_metrics([&](const EpochRecord& record) {
    if (record.epoch >= state.history.last.epoch) return;
    improved = improvement_after(state.config, improved, record);
  });
  state.history.improved = improvement_after(state.config, improved, state.history.last);
}

}  // namespace

void change_length(Checkpoint& state, const Dataset& dataset, const RunFolder& folder,
                   const RunLength& length, std::vector<std::string>* warnings) {
  if (length != length_of(state.config)) {
    check_length(state, dataset, folder, length);
    const bool has_other_delta = length.min_delta != state.config.min_delta;
    set_length(state.config, length);
    // The file that is replaced may be the only one to hold them.
    restore_metrics(folder, state);
    if (has_other_delta) improve_anew(state, folder);
    // First, as a resumed run believes this file: from here on the run has its new length.
    folder.replace_last(state);
  }
  const auto warn = [&](const std::string& problem) {
    if (warnings == nullptr || state.history.epochs == 0) return;
    warnings->push_back(fmt::format("{}; it comes back only with a better epoch than {}", problem,
                                    std::int64_t{state.history.best.epoch} + 1));
  };
  if (!std::filesystem::exists(folder.best())) {
    warn(folder.best().string() + " is gone");
    return;
  }
  Checkpoint best;
  try {
    best = read_checkpoint(folder.best());
  } catch (const Error&) {
    warn(folder.best().string() + " is damaged");
    return;
  }
  const bool is_up_to_date = length_of(best.config) == length && best.records.empty();
  // One from beyond the new end is of a run gone back to its start, whose first epoch replaces it.
  if (is_up_to_date || best.progress.epoch > length.epochs) return;
  const bool has_other_delta = length.min_delta != best.config.min_delta;
  set_length(best.config, length);
  if (has_other_delta) improve_anew(best, folder);
  if (best.data == DatasetDigest()) best.data = state.data;
  folder.write_best(best);
}

}  // namespace regrow

// What follows a data set or a configuration that was read: a network, a batch of training, an
// evaluation. Nothing of what would take longer than a moment.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "regrow/learning_rate.h"
#include "regrow/trainer.h"

namespace regrow::fuzz {

/// The network of `config` for so many inputs and outputs, if it is small.
inline bool has_small_network(const Config& config, std::uint64_t features, std::uint64_t classes) {
  constexpr std::uint64_t kMostCells = std::uint64_t{1} << 15;
  std::uint64_t inputs = features, cells = 0;
  const auto add = [&](std::uint64_t outputs) {
    cells += std::min(inputs, kMostCells) * std::min(outputs, kMostCells);
    inputs = outputs;
  };
  for (const std::int64_t neurons : config.hidden) add(static_cast<std::uint64_t>(neurons));
  add(classes);
  return cells <= kMostCells;
}

/// `config` is resolved. Throws Error as a run would that starts.
inline void train_one_batch(const Config& config, Dataset data) {
  const auto dataset = std::make_shared<const Dataset>(std::move(data));
  if (!has_small_network(config, dataset->shape.features(), dataset->classes())) return;
  BackendOptions options = backend_options(config);
  options.threads = 1;
  const auto backend = make_backend("cpu", options);
  const Checkpoint state = starting_state(config, *dataset, backend->capabilities());
  backend->attach(dataset);
  backend->load(state.network);
  const std::uint32_t steps = steps_per_epoch(config, *dataset);
  backend->train({.first = 0, .count = 1, .steps_per_epoch = steps},
                 std::vector<float>{learning_rate(config, 0, steps)});
  backend->evaluate(Split::kValidation);
  backend->evaluate(Split::kTest);
}

/// The same of what a reader of data gave, the first image held out.
inline void train_one_batch_of(Dataset data) {
  constexpr std::size_t kMostPixels = std::size_t{1} << 16;
  if (data.train.bytes().size() > kMostPixels || data.train.size() < 2) return;
  Config config = preset_config(PresetName::kDefault, DatasetName::kMnist);
  config.hidden = {3};
  config.batch = static_cast<std::int64_t>(std::min<std::size_t>(data.train.size() - 1, 4));
  resolve(config);
  split_validation(data, false, 1, 0);
  data.standardisation = compute_standardisation(data);
  train_one_batch(config, std::move(data));
}

}  // namespace regrow::fuzz

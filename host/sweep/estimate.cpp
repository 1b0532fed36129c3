// Times a few steps of a run that has not begun.
#include "sweep/estimate.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "config/check_training.h"
#include "regrow/devices.h"
#include "regrow/load_dataset.h"
#include "regrow/trainer.h"

namespace regrow {
namespace {

constexpr std::uint32_t kMostSteps = 20;

double seconds_of(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

double estimate_epoch_seconds(Config config) {
  std::optional<GivenNetwork> given;
  if (!config.init_from.empty()) given = adopt_network(config);
  const auto dataset =
      std::make_shared<const Dataset>(load_dataset(config, predicts_numbers(config)));
  const auto backend = make_backend(resolve_device(config.device), backend_options(config));
  const Checkpoint state =
      starting_state(config, *dataset, backend->capabilities(), nullptr, std::move(given));
  const std::uint32_t steps = steps_per_epoch(config, *dataset);
  backend->attach(dataset);
  backend->load(state.network);

  const std::uint32_t timed = std::min(kMostSteps, steps);
  const std::vector<float> rates(timed, static_cast<float>(config.learning_rate));
  const StepRange range{.first = 0, .count = timed, .steps_per_epoch = steps};
  backend->train(range, rates);  // touches memory, wakes threads, captures graphs
  const double training = seconds_of([&] { backend->train(range, rates); }) * steps / timed;
  const double validating = seconds_of([&] { backend->evaluate(Split::kValidation); });
  const double testing =
      dataset->validation_is_test ? 0 : seconds_of([&] { backend->evaluate(Split::kTest); });
  return training + validating + testing;
}

double epochs_in_turn(std::span<const std::int64_t> left, std::size_t jobs) {
  if (left.empty()) return 0;
  const auto all = static_cast<double>(std::accumulate(left.begin(), left.end(), std::int64_t{0}));
  const auto longest = static_cast<double>(*std::max_element(left.begin(), left.end()));
  return std::max(longest, all / static_cast<double>(jobs));
}

}  // namespace regrow

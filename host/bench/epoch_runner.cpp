#include "bench/epoch_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "regrow/error.h"
#include "train/evaluation.h"
#include "train/evolution_step.h"
#include "train/planner_settings.h"

namespace regrow::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

EpochRunner::EpochRunner(const Config& config, std::unique_ptr<Backend> backend,
                         const std::shared_ptr<const Dataset>& dataset, const NetworkState& network,
                         std::uint32_t steps)
    : config_(config),
      backend_(std::move(backend)),
      dataset_(dataset),
      planner_(planner_settings(config, *dataset, network, steps)),
      steps_(steps) {
  backend_->attach(dataset);
  backend_->load(network);
}

void EpochRunner::run(EpochEnd end, Phases* seconds) {
  Phases ignored;
  Phases& times = seconds != nullptr ? *seconds : ignored;
  const Clock::time_point start = Clock::now();
  // The first call of an epoch also waits for the epoch's order and matrices.
  const std::uint32_t lead = std::max(1U, steps_ / 10);
  const std::optional<LossSums> replaced = std::exchange(replaced_step_, std::nullopt);
  const std::uint32_t done = replaced ? 1 : 0;
  LossSums trained = replaced.value_or(LossSums());
  trained += train(done, lead - done);
  const Clock::time_point steady = Clock::now();
  if (steps_ > lead) trained += train(lead, steps_ - lead);
  times.step.push_back(steps_ > lead ? seconds_since(steady) / (steps_ - lead)
                                     : seconds_since(start) / steps_);
  times.train.push_back(seconds_since(start));
  // By the trainer's own functions.
  if (end == EpochEnd::kAll) evaluate(trained, times);
  if (end != EpochEnd::kNothing) evolve(times);
  times.epoch.push_back(seconds_since(start));
  ++epoch_;
}

LossSums EpochRunner::train(std::uint32_t first, std::uint32_t count) {
  if (count == 0) return {};
  const StepRange range = {std::uint64_t{epoch_} * steps_ + first, count, steps_};
  const std::vector<float> rates(count, static_cast<float>(config_.learning_rate));
  LossSums sums;
  for (const LossSums& step : backend_->train(range, rates)) sums += step;
  if (!std::isfinite(sums.loss)) {
    throw Error(fmt::format("the loss of epoch {} is not finite: this device computes wrongly",
                            epoch_ + 1));
  }
  return sums;
}

void EpochRunner::evaluate(const LossSums& trained, Phases& times) {
  const Clock::time_point start = Clock::now();
  const std::vector<WeightCounts> counts = backend_->count_weights();
  append(history_, config_, config_,
         evaluated_epoch(*backend_, *dataset_, epoch_, trained, counts));
  times.evaluate.push_back(seconds_since(start));
}

void EpochRunner::evolve(Phases& times) {
  const Clock::time_point start = Clock::now();
  const std::uint64_t steps_done = (std::uint64_t{epoch_} + 1) * steps_;
  replaced_step_ =
      regrow::evolve(*backend_, planner_, {epoch_, steps_done, planner_.replaces_steps()}, history_,
                     evolution_)
          .replaced_step;
  if (config_.momentum_reset == MomentumReset::kEpoch) backend_->reset_slots();
  times.evolve.push_back(seconds_since(start));
}

}  // namespace regrow::bench

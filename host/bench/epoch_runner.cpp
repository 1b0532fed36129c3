#include "bench/epoch_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "regrow/error.h"

namespace regrow::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kThetaOfSet = 1;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

EpochRunner::EpochRunner(const Config& config, std::unique_ptr<Backend> backend,
                         const std::shared_ptr<const Dataset>& dataset, const NetworkState& network,
                         std::uint32_t steps)
    : config_(config),
      backend_(std::move(backend)),
      image_{dataset->shape, dataset->order},
      layers_(planned_layers(network)),
      steps_(steps) {
  backend_->attach(dataset);
  backend_->load(network);
}

void EpochRunner::run(bool whole, Phases* seconds) {
  Phases ignored;
  Phases& times = seconds != nullptr ? *seconds : ignored;
  const Clock::time_point start = Clock::now();
  // The first call of an epoch also waits for the epoch's order and matrices.
  const std::uint32_t lead = std::max(1U, steps_ / 10);
  train(0, lead);
  const Clock::time_point steady = Clock::now();
  if (steps_ > lead) train(lead, steps_ - lead);
  times.step.push_back(steps_ > lead ? seconds_since(steady) / (steps_ - lead)
                                     : seconds_since(start) / steps_);
  times.train.push_back(seconds_since(start));
  if (whole) evolve(times);
  times.epoch.push_back(seconds_since(start));
  ++epoch_;
}

void EpochRunner::train(std::uint32_t first, std::uint32_t count) {
  const StepRange range = {std::uint64_t{epoch_} * steps_ + first, count, steps_};
  const std::vector<float> rates(count, static_cast<float>(config_.learning_rate));
  LossSums sums;
  for (const LossSums& step : backend_->train(range, rates)) sums += step;
  if (!std::isfinite(sums.loss)) {
    throw Error(fmt::format("the loss of epoch {} is not finite: this device computes wrongly",
                            epoch_ + 1));
  }
}

/// What follows the steps of an epoch, by the trainer's own plans.
void EpochRunner::evolve(Phases& times) {
  const Clock::time_point start = Clock::now();
  backend_->evaluate(Split::kValidation);
  const std::vector<WeightCounts> counts = backend_->count_weights();
  times.evaluate.push_back(seconds_since(start));

  const Clock::time_point dropping = Clock::now();
  const std::vector<DropReport> dropped = backend_->drop(plan_drop(config_, layers_, counts));
  times.drop.push_back(seconds_since(dropping));

  const Clock::time_point growing = Clock::now();
  backend_->grow(plan_growth(config_, image_, layers_, dropped, kThetaOfSet, epoch_));
  if (config_.momentum_reset == MomentumReset::kEpoch) backend_->reset_momentum();
  times.grow.push_back(seconds_since(growing));
}

}  // namespace regrow::bench

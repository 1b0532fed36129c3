// The rounds: on every device in turn one epoch, phase by phase, as the trainer runs it.
#include "bench/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "regrow/error.h"
#include "regrow/policy.h"
#include "regrow/trainer.h"

namespace regrow::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// One device with the problem loaded, and the epochs that it has behind it.
class Runner {
 public:
  Runner(const Config& config, const BackendOptions& options, const DeviceChoice& choice,
         const std::shared_ptr<const Dataset>& dataset, const NetworkState& network,
         std::uint32_t steps)
      : config_(config), steps_(steps), backend_(make_backend(choice.device, options)) {
    for (const LayerState& layer : network.layers) {
      sparse_.push_back(layer.kind == LayerKind::kSparse);
      budgets_.push_back(layer.budget);
      cells_.push_back(layer.cell_count());
    }
    backend_->attach(dataset);
    backend_->load(network);
  }

  Capabilities capabilities() const { return backend_->capabilities(); }

  /// One epoch, whole or of steps only; its times go to `seconds`, if there is one.
  void run_epoch(bool whole, Phases* seconds) {
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

 private:
  void train(std::uint32_t first, std::uint32_t count) {
    const StepRange range = {std::uint64_t{epoch_} * steps_ + first, count, steps_};
    const std::vector<float> rates(count, static_cast<float>(config_.learning_rate));
    LossSums sums;
    for (const LossSums& step : backend_->train(range, rates)) sums += step;
    if (!std::isfinite(sums.loss)) {
      throw Error(
          fmt::format("the loss of epoch {} is not finite: this device computes wrongly", epoch_));
    }
  }

  /// What follows the steps of an epoch of SET, with the trainer's own decisions.
  void evolve(Phases& times) {
    const Clock::time_point start = Clock::now();
    backend_->evaluate(Split::kValidation);
    const std::vector<WeightCounts> counts = backend_->count_weights();
    times.evaluate.push_back(seconds_since(start));

    const Clock::time_point dropping = Clock::now();
    DropPlan drop;
    drop.rule = config_.drop;
    for (std::size_t l = 0; l < sparse_.size(); ++l) {
      drop.layers.push_back(sparse_[l]
                                ? drop_counts(config_.drop, counts[l],
                                              static_cast<std::uint32_t>(config_.zeta_millionths))
                                : LayerDrop{});
    }
    const std::vector<DropReport> dropped = backend_->drop(drop);
    times.drop.push_back(seconds_since(dropping));

    const Clock::time_point growing = Clock::now();
    GrowPlan grow;
    grow.seed = static_cast<std::uint64_t>(config_.seed);
    grow.time = epoch_;
    grow.rule = growth_rule(config_.grow);
    for (std::size_t l = 0; l < sparse_.size(); ++l) {
      grow.counts.push_back(sparse_[l] ? grow_count(1, budgets_[l], dropped[l], config_.delta,
                                                    cells_[l] - dropped[l].remaining)
                                       : 0);
    }
    backend_->grow(grow);
    if (config_.momentum_reset == MomentumReset::kEpoch) backend_->reset_momentum();
    times.grow.push_back(seconds_since(growing));
  }

  const Config& config_;
  std::uint32_t steps_;
  std::uint32_t epoch_ = 0;
  std::vector<bool> sparse_;
  std::vector<std::uint64_t> budgets_;
  std::vector<std::uint64_t> cells_;
  std::unique_ptr<Backend> backend_;
};

/// Runs `work`; where it fails for the device's or the machine's sake, says so in `result`.
template <typename Work>
bool succeeds(DeviceResult& result, const Work& work) {
  try {
    work();
    return true;
  } catch (const Error& error) {
    result.problem = error.what();
  } catch (const std::bad_alloc&) {
    result.problem = "does not fit this machine's memory";
  }
  result.seconds = {};
  return false;
}

/// Takes `suffix` off the end of `name` and sets `flag`, where it is there.
bool take_suffix(std::string& name, std::string_view suffix, bool& flag) {
  if (!name.ends_with(suffix)) return false;
  name.resize(name.size() - suffix.size());
  flag = true;
  return true;
}

}  // namespace

std::vector<DeviceChoice> parse_devices(const std::string& list) {
  std::vector<DeviceChoice> choices;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    DeviceChoice choice;
    choice.label = choice.device = list.substr(begin, end - begin);
    for (bool more = true; more;) {
      more = take_suffix(choice.device, ":bf16", choice.bf16) ||
             take_suffix(choice.device, ":nograph", choice.nograph);
    }
    if (choice.device.empty()) {
      throw UsageError(fmt::format("--device: '{}' has an empty name in it", list));
    }
    for (const DeviceChoice& other : choices) {
      if (other.label == choice.label) {
        throw UsageError(fmt::format("--device: '{}' is given twice", choice.label));
      }
    }
    choices.push_back(std::move(choice));
    begin = end + 1;
  }
  return choices;
}

SizeResult measure(const ProblemSize& size, const MeasureOptions& options) {
  Config config = problem_config(size);
  config.grow = options.grow;
  config.threads = options.threads;
  config.simd = options.simd;
  resolve(config);
  const std::uint32_t steps = options.steps > 0 ? options.steps : size.steps;
  const auto dataset = noise_dataset(size.shape, steps * size.batch, size.test_images);
  const NetworkState network =
      initial_network(config, dataset->shape.features(), dataset->classes());

  SizeResult result;
  result.size = size.name;
  result.widths = layer_widths(network);
  result.connections = hidden_connections(network);
  result.batch = size.batch;
  result.steps = steps;
  result.whole_epochs = size.whole_epochs && options.whole_epochs;

  std::vector<std::optional<Runner>> runners(options.devices.size());
  for (std::size_t d = 0; d < options.devices.size(); ++d) {
    const DeviceChoice& choice = options.devices[d];
    DeviceResult& device = result.devices.emplace_back();
    device.label = choice.label;
    succeeds(device, [&] {
      BackendOptions backend_options = regrow::backend_options(config);
      backend_options.activations =
          choice.bf16 ? ActivationStorage::kBFloat16 : ActivationStorage::kFloat32;
      backend_options.graph = !choice.nograph;
      runners[d].emplace(config, backend_options, choice, dataset, network, steps);
      const Capabilities capabilities = runners[d]->capabilities();
      device.description = capabilities.description;
      device.instruction_set = capabilities.instruction_set;
      runners[d]->run_epoch(result.whole_epochs, nullptr);  // warm-up
    });
    if (!device.measured()) runners[d].reset();
  }
  for (std::uint32_t round = 0; round < options.rounds; ++round) {
    for (std::size_t d = 0; d < runners.size(); ++d) {
      DeviceResult& device = result.devices[d];
      if (!device.measured()) continue;
      if (!succeeds(device, [&] { runners[d]->run_epoch(result.whole_epochs, &device.seconds); })) {
        runners[d].reset();
      }
    }
  }
  return result;
}

Spread spread_of(std::vector<double> values) {
  REGROW_CHECK(!values.empty(), "a spread of no values");
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  return {median, values.front(), values.back()};
}

std::vector<double> ratios(const std::vector<double>& values, const std::vector<double>& base) {
  std::vector<double> result;
  for (std::size_t i = 0; i < std::min(values.size(), base.size()); ++i) {
    result.push_back(values[i] / base[i]);
  }
  return result;
}

}  // namespace regrow::bench

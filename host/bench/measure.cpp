// The rounds: on every device in turn one epoch, phase by phase, as the trainer runs it.
#include "bench/measure.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "bench/epoch_runner.h"
#include "config/settings.h"
#include "memory/run_memory.h"
#include "regrow/devices.h"
#include "regrow/error.h"
#include "regrow/trainer.h"
#include "train/phase_timer.h"

namespace regrow::bench {
namespace {

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

std::uint64_t peak_bytes() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

EpochEnd end_of(const ProblemSize& size, const MeasureOptions& options) {
  if (size.whole_epochs && options.whole_epochs) return EpochEnd::kAll;
  return options.evolutions ? EpochEnd::kEvolution : EpochEnd::kNothing;
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
  const auto set = [&](const char* key, const std::string& value) {
    find_setting(key)->set_from_string(config, value, flag_of(key));
  };
  set("grow", options.grow);
  set("activation", options.activation);
  set("optimiser", options.optimiser);
  if (options.bare) {
    config.dropout = 0;
    config.augment = false;
  }
  config.threads = options.threads;
  config.simd = options.simd;
  resolve(config);
  const std::uint32_t steps = options.steps > 0 ? options.steps : size.steps;
  const DataSize data{size.shape, kClasses, std::uint64_t{steps} * size.batch, size.test_images};
  const auto require_memory_of = [&](const std::string& device) {
    Config on_device = config;
    on_device.device = device;
    require_memory(benchmark_memory(on_device, data), fmt::format("size {} needs", size.name));
  };
  require_memory_of("");  // what is the same for all devices
  const auto dataset = noise_dataset(size.shape, steps * size.batch, size.test_images);
  SizeResult result;
  NetworkState network;
  {
    const PhaseTimer timer(result.network_seconds);
    network = initial_network(config, dataset->shape.features(), dataset->classes());
  }
  result.size = size.name;
  result.widths = layer_widths(network);
  result.connections = hidden_connections(network);
  result.batch = size.batch;
  result.steps = steps;
  result.end = end_of(size, options);

  std::vector<std::optional<EpochRunner>> runners(options.devices.size());
  for (std::size_t d = 0; d < options.devices.size(); ++d) {
    const DeviceChoice& choice = options.devices[d];
    DeviceResult& device = result.devices.emplace_back();
    device.label = choice.label;
    succeeds(device, [&] {
      require_memory_of(resolve_device(choice.device));
      BackendOptions backend_options = regrow::backend_options(config);
      backend_options.activations =
          choice.bf16 ? ActivationStorage::kBFloat16 : ActivationStorage::kFloat32;
      backend_options.graph = !choice.nograph;
      auto backend = make_backend(choice.device, backend_options);
      {
        const PhaseTimer timer(device.start_seconds);
        runners[d].emplace(config, std::move(backend), dataset, network, steps);
      }
      const Capabilities capabilities = runners[d]->capabilities();
      device.description = capabilities.description;
      device.instruction_set = capabilities.instruction_set;
      runners[d]->run(result.end, nullptr);  // warm-up
    });
    if (!device.measured()) runners[d].reset();
  }
  for (std::uint32_t round = 0; round < options.rounds; ++round) {
    for (std::size_t d = 0; d < runners.size(); ++d) {
      DeviceResult& device = result.devices[d];
      if (!device.measured()) continue;
      if (!succeeds(device, [&] { runners[d]->run(result.end, &device.seconds); })) {
        runners[d].reset();
      }
    }
  }
  result.peak_bytes = peak_bytes();
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

// What is held already, data and network, needs no room a second time.
#include "cli/run_resources.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "memory/run_memory.h"
#include "regrow/devices.h"
#include "system/processors.h"

namespace regrow {
namespace {

constexpr const char* kRun = "the run needs";

/// Of a network that is in memory.
std::uint64_t bytes_of(const NetworkState& network) {
  const std::size_t slots = network.layers.front().weights.slots.size();
  std::uint64_t bytes = 0;
  for (const LayerPlan& layer : plan_of(network)) bytes += state_bytes(layer, slots);
  return bytes;
}

/// For a run that starts with `network`, which is in memory already, as are `held_data` bytes of
/// data.
void require_memory_with(const Config& config, const NetworkState& network, const DataSize& data,
                         std::uint64_t held_data) {
  const std::vector<LayerPlan> layers = plan_of(network);
  require_memory(training_memory(config, data, layers), kRun, held_data + bytes_of(network));
}

void require_memory_of_state(const Checkpoint& state, const DataSize& data,
                             std::uint64_t held_data) {
  Config config = state.config;
  config.device = state.device;
  require_memory_with(config, state.network, data, held_data);
}

void require_memory_of_evaluation(const Config& config, const NetworkState& network, bool pruned,
                                  const DataSize& data, std::uint64_t samples,
                                  std::uint64_t held_data) {
  Config resolved = config;
  resolved.device = resolve_device(config.device);
  const std::vector<LayerPlan> layers = plan_of(network);
  require_memory(evaluation_memory(resolved, data, layers, samples, pruned), "the evaluation needs",
                 held_data + bytes_of(network));
}

}  // namespace

void require_memory_of_evaluation(const Config& config, const NetworkState& network, bool pruned) {
  if (config.dataset != DatasetName::kSynthetic) return;
  const DataSize data = expected_data(config);
  require_memory_of_evaluation(config, network, pruned, data, data.test, 0);
}

void require_memory_of_evaluation(const Config& config, const NetworkState& network, bool pruned,
                                  const SplitView& samples, const Dataset& dataset) {
  const DataSize data = size_of(dataset);
  require_memory_of_evaluation(config, network, pruned, data, samples.size(), data.bytes());
}

void require_memory_of_synthetic_data(const Config& config) {
  if (config.dataset != DatasetName::kSynthetic) return;
  require_memory(training_memory(config, expected_data(config)), kRun);
}

void require_memory_of_synthetic_data(const Checkpoint& state) {
  if (state.config.dataset != DatasetName::kSynthetic) return;
  require_memory_of_state(state, expected_data(state.config), 0);
}

void require_memory_of_run(const Config& config, const Dataset& dataset,
                           const NetworkState* network) {
  const DataSize data = size_of(dataset);
  if (network != nullptr) {
    require_memory_with(config, *network, data, data.bytes());
  } else {
    require_memory(training_memory(config, data), kRun, data.bytes());
  }
}

void require_memory_of_run(const Checkpoint& state, const Dataset& dataset) {
  const DataSize data = size_of(dataset);
  require_memory_of_state(state, data, data.bytes());
}

void require_memory_of_runs(std::span<const Config> runs, std::size_t at_once) {
  std::vector<MemoryNeed> needs;
  for (Config config : runs) {
    // What is in a user's own files each run says when it has read them.
    if (config.dataset == DatasetName::kCustom) continue;
    config.device = resolve_device(config.device);
    needs.push_back(training_memory(config, expected_data(config)));
  }
  std::stable_sort(needs.begin(), needs.end(),
                   [](const MemoryNeed& a, const MemoryNeed& b) { return a.bytes() > b.bytes(); });
  if (needs.size() > at_once) needs.resize(at_once);
  if (needs.empty()) return;
  if (needs.size() == 1) return require_memory(needs.front(), "a run needs");
  if (const MemoryNeed& one = needs.front(); one.bytes() > available_memory().bytes) {
    return require_memory(one, "a run needs");
  }
  MemoryNeed all;
  for (const MemoryNeed& need : needs) {
    all.parts.push_back({largest_of(need).what, need.bytes(), "lower --jobs"});
  }
  require_memory(all, fmt::format("{} runs at once need", needs.size()));
}

std::optional<std::string> too_many_threads(std::int64_t threads, std::size_t runs) {
  const unsigned processors = available_processors();
  if (threads <= 0 || static_cast<std::uint64_t>(threads) * runs <= processors) return std::nullopt;
  const std::string offer =
      fmt::format("this machine offers {} processor{}", processors, processors == 1 ? "" : "s");
  if (runs > 1) {
    return fmt::format(
        "--jobs {} of {} thread{} each: {}, which they share; lower --jobs or --threads", runs,
        threads, threads == 1 ? "" : "s", offer);
  }
  return fmt::format("--threads {}: {}; {} {} used, and no result depends on it", threads, offer,
                     processors, processors == 1 ? "is" : "are");
}

}  // namespace regrow

#include "train/start_recorder.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "regrow/config.h"
#include "regrow/evolution/method.h"
#include "train/recovery.h"
#include "train/topology_monitor.h"

namespace regrow {
namespace {

/// The network that the run started with, which is a function of its configuration unless it was
/// given one.
NetworkState first_network(const RunFolder& folder, const Checkpoint& state, const Dataset& dataset,
                           const NetworkState& now) {
  if (state.initial_digest.empty()) {
    return initial_network(state.config, dataset.shape.features(), dataset.classes());
  }
  if (state.progress.epoch == 0 && state.progress.step == 0) return now;
  return given_network(folder, state.initial_digest);
}

}  // namespace

std::shared_ptr<Recorder> start_recorder(const RunFolder& folder, Checkpoint& state,
                                         const Backend& backend, const Dataset& dataset,
                                         bool completes_last) {
  folder.write_config(state.config);
  const auto network = std::make_shared<NetworkState>(backend.snapshot());
  if (!std::filesystem::exists(folder.last())) {
    std::swap(state.network, *network);
    folder.write_initial(state);
    folder.write_last(state);
    std::swap(state.network, *network);
  }
  std::optional<TopologyMonitor> topology;
  if (state.config.topology && !method_row(state.config.method).is_dense) {
    auto previous = state.previous_masks.empty() ? TopologyMonitor::masks_of(*network)
                                                 : std::move(state.previous_masks);
    topology.emplace(first_network(folder, state, dataset, *network), std::move(previous),
                     static_cast<unsigned>(state.config.threads));
  }
  auto recorder = std::make_shared<Recorder>(folder, state, network, backend.capabilities(),
                                             std::move(topology), completes_last);
  state.explored.clear();
  state.previous_masks.clear();
  state.records.clear();
  return recorder;
}

}  // namespace regrow

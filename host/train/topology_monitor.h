// Follows the masks of a run, epoch by epoch.
#pragma once

#include <cstdint>
#include <vector>

#include "regrow/metrics.h"
#include "regrow/network_state.h"
#include "regrow/topology.h"

namespace regrow {

class TopologyMonitor {
 public:
  /// `initial`: the untrained network; `now`: where the run stands.
  TopologyMonitor(const NetworkState& initial, const NetworkState& now);

  /// Of the hidden layers, against the initial masks and those of the call before (or `now`). Adds
  /// the active cells to `explored`.
  std::vector<LayerTopology> measure(const NetworkState& network,
                                     std::vector<CellBitmap>& explored);

 private:
  using Masks = std::vector<std::vector<std::uint64_t>>;  // cells of the hidden layers

  static Masks masks_of(const NetworkState& network);

  Masks initial_;
  Masks previous_;
};

}  // namespace regrow

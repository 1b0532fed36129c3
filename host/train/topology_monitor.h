// Follows the masks of a run, epoch by epoch.
#pragma once

#include <cstdint>
#include <vector>

#include "regrow/evolution/measures.h"
#include "regrow/network_state.h"
#include "regrow/topology.h"

namespace regrow {

class TopologyMonitor {
 public:
  using Masks = std::vector<CellList>;  // cells of the hidden layers

  /// `initial`: the untrained network; `previous`: the masks at the last epoch's end. `threads`: at
  /// most so many; 0: one a processor.
  TopologyMonitor(const NetworkState& initial, Masks previous, unsigned threads);

  static Masks masks_of(const NetworkState& network);

  /// Of the hidden layers, against the initial masks and previous(), which then are these. Adds the
  /// active cells to `explored`.
  std::vector<LayerTopology> measure(const NetworkState& network,
                                     std::vector<CellBitmap>& explored);

  const Masks& previous() const { return previous_; }

 private:
  Masks initial_;
  Masks previous_;
  unsigned threads_;
};

}  // namespace regrow

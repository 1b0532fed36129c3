// The connections that have grown, beside those that were kept.
#pragma once

#include <cstdint>

#include "cpu/candidates.h"
#include "cpu/connections.h"
#include "cpu/drop.h"
#include "regrow/evolution/plan.h"

namespace regrow::cpu {

struct LayerShape {
  std::uint32_t index;  // of the layer: keys its random choices
  std::uint32_t inputs;
  std::uint32_t outputs;

  std::uint64_t cell_count() const { return std::uint64_t{inputs} * outputs; }
};

/// The connections of the cells `grown`, beside `kept`, which are others. `dropped` is read where
/// the plan keeps the weights or slots of what grows again at once.
Connections grown_connections(const Connections& kept, Cells grown,
                              const DroppedConnections& dropped, const EvolutionPlan& plan,
                              const LayerShape& layer, Workers& workers);

}  // namespace regrow::cpu

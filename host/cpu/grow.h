// Chooses and adds the connections that grow, in O(connections).
#pragma once

#include <cstdint>
#include <vector>

#include "cpu/connections.h"
#include "cpu/thread_pool.h"
#include "network/network_plan.h"
#include "regrow/evolution.h"

namespace regrow::cpu {

struct LayerShape {
  std::uint32_t index;  // of the layer: keys its random choices
  std::uint32_t inputs;
  std::uint32_t outputs;
};

/// Adds plan.counts[layer.index] connections as evolution.h says. `dropped`: those of the drop just
/// before, whose momentum a regrown cell keeps where the plan says so.
GrowReport grow_connections(Connections& connections, const Connections& dropped,
                            const GrowPlan& plan, const LayerShape& layer, ThreadPool& pool);

/// What grow_connections() takes in memory at its height, its operands included, where so many of
/// the layer's connections have been dropped and as many grow.
std::uint64_t grow_bytes(const LayerPlan& layer, std::uint64_t dropped, const GrowthRule& rule,
                         std::uint32_t channels);

}  // namespace regrow::cpu

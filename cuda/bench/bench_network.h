// The benchmarked network on the device.
#pragma once

#include <cstdint>
#include <vector>

#include "backend_interface/bench_network.h"
#include "common/runtime.h"
#include "evolve/topology.h"
#include "regrow/network_state.h"
#include "step/layer_views.h"

namespace regrow::cuda {

/// Rounded towards zero: only the speed matters here.
std::vector<BFloat16> as_bfloat16(const std::vector<float>& values);

Connections upload_connections(const LayerState& layer, const Stream& stream);

}  // namespace regrow::cuda

// Times of growth by gradient: of the scores of all cells, against dense products of the same size,
// and of those of candidates, against a pass of weight gradients over as many connections.
#pragma once

#include <vector>

#include "backend_interface/primitive_timing.h"
#include "cpu/score.h"
#include "cpu_bench/call_timer.h"
#include "regrow/network_state.h"

namespace regrow::cpu {

/// Whether there is a BLAS for the scores of all cells.
bool has_dense_products(const Kernels& kernels);

/// Of all hidden layers together, on one thread. `batches`: [hidden layers].
std::vector<PrimitiveTiming> time_scoring(const CallTimer& timer, const NetworkState& network,
                                          const std::vector<LayerBatch>& batches,
                                          const Kernels& kernels);

}  // namespace regrow::cpu

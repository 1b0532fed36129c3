// How strongly each neuron shows in a batch, as regrow/evolution/candidates.h says.
#pragma once

#include <cstdint>

#include "common/runtime.h"
#include "evolve/layer_batch.h"
#include "evolve/topology.h"
#include "regrow/evolution/candidates.h"

namespace regrow::cuda {

/// inputs [shape.inputs] and outputs [shape.outputs], on the device. The dz of a batch are those of
/// its mean loss, so that outputs are 1/samples of what the loss's sum would give; only the
/// proportions matter.
void neuron_strengths(const LayerBatch& batch, const LayerShape& shape,
                      const StrengthRequest& request, double* inputs, double* outputs,
                      const Stream& stream);

}  // namespace regrow::cuda

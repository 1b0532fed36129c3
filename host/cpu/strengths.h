// How strongly the neurons of a layer take part in a batch, for candidates to be drawn by.
#pragma once

#include "cpu/score.h"
#include "regrow/evolution/candidates.h"

namespace regrow::cpu {

/// As regrow/evolution/candidates.h says, of the gradients of the batch's mean loss. All threads of
/// the pool take part; a neuron's samples are summed up in an order that depends on nothing.
NeuronStrengths strengths_of(const StrengthRequest& request, const LayerBatch& batch,
                             const LayerShape& layer, ThreadPool& pool);

}  // namespace regrow::cpu

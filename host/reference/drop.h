// Dropping: the connections closest to zero go.
#pragma once

#include "reference/reference_layer.h"
#include "regrow/evolution.h"

namespace regrow::reference {

/// Signs of the layer's weights, and values that are not finite.
WeightCounts count_weights(const ReferenceLayer& layer);

/// Clears mask and weight of the connections that `counts` asks for and leaves their momentum for
/// grow() to judge. A dense layer drops nothing.
DropReport drop(DropRule rule, const LayerDrop& counts, ReferenceLayer& layer);

}  // namespace regrow::reference

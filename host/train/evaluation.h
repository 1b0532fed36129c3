// A network's losses and accuracies at an epoch's end.
#pragma once

#include <vector>

#include "regrow/backend.h"
#include "regrow/dataset.h"
#include "regrow/epoch_record.h"

namespace regrow {

/// What is known of an epoch once its network has been evaluated, by `trained`, the sums of its
/// steps. Of evolutions the record says nothing yet: every layer's connections are those evaluated.
/// counts: the signs of every layer, the output layer included.
EpochRecord evaluated_epoch(Backend& backend, const Dataset& dataset, std::uint32_t epoch,
                            const LossSums& trained, const std::vector<WeightCounts>& counts);

}  // namespace regrow

// What a network says of each sample.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "regrow/dataset.h"
#include "regrow/step/loss.h"

namespace regrow {

/// The class of the largest output, of equal ones the first.
std::size_t predicted(std::span<const float> logits);

/// exp(z − max z) / Σ exp(z − max z), in double.
std::vector<double> softmax(std::span<const float> logits);

/// One line a sample: its index in the split's file, label, prediction, and every class's
/// probability; of a network that was trained for the squared error, which has none, its output.
std::string predictions_csv(const Dataset& dataset, const SplitView& samples,
                            std::span<const float> logits, LossKind loss);

}  // namespace regrow

// What the samples of each class count in the training loss.
#pragma once

#include <vector>

#include "regrow/dataset.h"
#include "regrow/step/loss.h"

namespace regrow {

/// [classes], or empty where all are 1. `balanced`: N/(K·n_c) over the samples that are trained on,
/// K the classes that they have; 1 for a class without one. Throws Error where the numbers given
/// are not as many as the data has classes.
std::vector<float> class_weights(const ClassWeights& weights, const Dataset& dataset);

}  // namespace regrow

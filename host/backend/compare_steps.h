// Comparing what one step of the optimiser made of one parameter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "backend/comparison.h"
#include "regrow/network_state.h"
#include "regrow/step/optimiser.h"

namespace regrow {

/// One array of one layer, in the words of an error message.
struct Field {
  std::string name;
  std::size_t layer = 0;
  const LayerState* cells_of = nullptr;  // none: a value per output neuron

  /// "layer 1, weight of cell 7 (out 0, in 7)", "layer 1, bias of neuron 2".
  std::string describe(std::size_t k) const;
  /// The same parameter's slot, of so many: "momentum" of a weight, "bias momentum" of a bias.
  Field of_slot(std::size_t slot, std::size_t slots) const;
};

/// A step of training, as the optimiser sees it.
struct TrainedStep {
  OptimiserSettings optimiser;
  double learning_rate = 0;
  std::uint64_t t = 1;  // of step_rates()
};

/// What the gradients' error goes by: the largest of them or, of sgd and nesterov, whose slots are
/// velocities, the largest velocity.
double step_scale(const TrainedStep& step, const Parameter& before, const Parameter& after);

/// A parameter before a step, and after it in either back end.
struct SteppedParameter {
  const Parameter& before;
  const Parameter& a;
  const Parameter& b;
  double scale = 0;  // step_scale()
  bool decays = false;
};

/// The slots of the two are compared with each other, by the bounds of gradients: they are linear
/// in them, or in their squares. The values are not: where a gradient is near 0, its rounding
/// decides the sign of Adam's whole step. Each back end's values are compared with what the
/// optimiser's formula makes, in doubles, of that back end's own slots and of the value before: but
/// for rounding, nothing else may be in them.
void compare_stepped(const Comparison& comparison, const TrainedStep& step, const Field& field,
                     const SteppedParameter& of);

}  // namespace regrow

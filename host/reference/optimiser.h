// What a step does with the gradients: clip them, and change every parameter and its slots.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "reference/topology.h"
#include "regrow/step/optimiser.h"

namespace regrow::reference {

/// Of one layer, as means over the batch.
struct LayerGradients {
  std::vector<double> weights;                             // [out][in]
  std::vector<double> biases;                              // [out]
  std::vector<std::vector<double>> activation_parameters;  // [parameter_names()][out]
};

/// Multiplies all gradients by min(1, clip_norm/(‖g‖ + 1e-6)), g all of them together: PyTorch's
/// clip_grad_norm_.
void clip(double clip_norm, std::span<LayerGradients> layers);

/// When a step is: its rate, and Adam's t, from 1 on.
struct StepTime {
  double learning_rate = 0;
  std::uint64_t t = 1;
};

/// One step of the layer's connections, biases and activation's parameters, of which the weights
/// alone decay:
///
/// sgd       g ← g + λw;  v ← μv − ηg;  w ← w + v
/// nesterov  g ← g + λw;  v ← μv − ηg;  w ← w + μv − ηg
/// adam      g ← g + λw;  m ← β₁m + (1−β₁)g;  s ← β₂s + (1−β₂)g²;
///           w ← w − η·(m/(1−β₁^t)) / (√(s/(1−β₂^t)) + ε)
/// adamw     w ← w − ηλw, then as adam with λ = 0
void apply(const OptimiserSettings& optimiser, const StepTime& time,
           const LayerGradients& gradients, ReferenceLayer& layer);

}  // namespace regrow::reference

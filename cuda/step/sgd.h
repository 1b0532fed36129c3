// What becomes of the gradient of a connection or bias that a kernel has summed: a step of sgd at
// once, or a place in an array of gradients.
#pragma once

#include <cstddef>

#include "common/kernel.h"
#include "step/weight_gradient.h"

namespace regrow::cuda {

/// A weight and its momentum.
struct WeightAndMomentum {
  float weight = 0;
  float momentum = 0;
};

/// step::after_step() of sgd, its products and sums fused as the results of former runs have them.
__device__ inline WeightAndMomentum after_sgd_step(const Sgd& sgd, float learning_rate,
                                                   float gradient,
                                                   const WeightAndMomentum& before) {
  const float v = fmaf(sgd.momentum, before.momentum,
                       -learning_rate * fmaf(sgd.weight_decay, before.weight, gradient));
  return {before.weight + v, v};
}

struct SgdSink {
  using Held = WeightAndMomentum;

  Sgd sgd;
  float learning_rate;
  float* weights;
  float* momentum;

  __device__ Held hold(std::size_t at) const { return {weights[at], momentum[at]}; }
  __device__ void take(std::size_t at, float gradient, const Held& before) const {
    const WeightAndMomentum after = after_sgd_step(sgd, learning_rate, gradient, before);
    weights[at] = after.weight;
    momentum[at] = after.momentum;
  }
};

struct StoringSink {
  struct Held {};

  float* gradients;

  __device__ Held hold(std::size_t) const { return {}; }
  __device__ void take(std::size_t at, float gradient, Held) const { gradients[at] = gradient; }
};

}  // namespace regrow::cuda

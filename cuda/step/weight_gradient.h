// The weight gradient (SDDMM) fused with momentum and update: v ← μ·v − lr·(g + decay·w), w ← w +
// v; biases the same without decay. Runs after the backward pass has read the weights.
#pragma once

#include <cstdint>
#include <span>

#include "common/runtime.h"
#include "step/layer_views.h"

namespace regrow::cuda {

/// One sparse layer's share of an update.  g = Σ_s gradient[row][s]·input[column][s]
template <typename Value>
struct LayerUpdate {
  RowView layer;
  const Value* input = nullptr;     // [inputs][ld]
  const Value* gradient = nullptr;  // [outputs][ld]; already a mean over the batch; 0 in the pad
};

template <typename Value>
struct OutputUpdate {
  OutputView layer;
  const Value* input = nullptr;
  const Value* gradient = nullptr;
};

/// Where the step's sums go: sums[state->index] is set, then state->index is incremented.
struct StepRecord {
  const float* losses = nullptr;        // [count]
  const std::uint32_t* hits = nullptr;  // [count]
  std::uint32_t count = 0;
  StepSums* sums = nullptr;  // [steps of the range]
  StepState* state = nullptr;
};

/// Most sparse layers of one launch; more take several launches.
constexpr std::size_t kLayersPerUpdate = 8;

/// Updates all layers and records the step (the last launch does).
template <typename Value>
void update(std::span<const LayerUpdate<Value>> layers, const OutputUpdate<Value>& output,
            const Sgd& sgd, std::uint32_t ld, const StepRecord& record, const Stream& stream);

/// Update of weights from a gradient that a library computed: gradient: [count], of the weights in
/// their order. `mask`: [count], or null; where 0 the weight and its momentum stay as they are.
void update_from_gradient(std::size_t count, const float* gradient, const std::uint8_t* mask,
                          const Sgd& sgd, const StepState* state, float* weights, float* momentum,
                          const Stream& stream);
/// biases from gradient [outputs][ld].
template <typename Value>
void update_biases(std::uint32_t outputs, std::uint32_t ld, const Value* gradient, const Sgd& sgd,
                   const StepState* state, float* biases, float* bias_momentum,
                   const Stream& stream);

}  // namespace regrow::cuda

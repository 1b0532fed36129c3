// The gradients of weights (SDDMM) and biases: kept, in the parameters' own order, or, of sgd
// without clipping, fused with momentum and update, where none outlives its connection. Both run
// after the backward pass has read the weights.
#pragma once

#include <cstdint>
#include <span>

#include "common/runtime.h"
#include "step/layer_views.h"

namespace regrow::cuda {

/// One sparse layer's share.  g = Σ_s gradient[row][s]·input[column][s]. Both matrices are what the
/// forward and backward pass left, each in memory of its own, so they stand until the next step.
template <typename Value>
struct LayerGradient {
  RowView layer;
  const Value* input = nullptr;     // [inputs][ld]
  const Value* gradient = nullptr;  // [outputs][ld]; already a mean over the batch; 0 in the pad
  // Where the gradients go: as the layer's weights and biases. Null where they are applied at once.
  float* of_weights = nullptr;
  float* of_biases = nullptr;
};

template <typename Value>
struct OutputGradient {
  OutputView layer;
  const Value* input = nullptr;
  const Value* gradient = nullptr;
  float* of_weights = nullptr;
  float* of_biases = nullptr;
};

struct Sgd {
  float momentum = 0;
  float weight_decay = 0;
};

/// Most sparse layers of one launch; more take several launches.
constexpr std::size_t kLayersPerLaunch = 8;

/// Stores the gradients of all weights and biases.
template <typename Value>
void weight_gradient(std::span<const LayerGradient<Value>> layers,
                     const OutputGradient<Value>& output, std::uint32_t ld, const Stream& stream);

/// v ← μ·v − lr·(g + decay·w), w ← w + v of all weights, biases the same without decay; then
/// records the step (the last launch does).
template <typename Value>
void fused_update(std::span<const LayerGradient<Value>> layers, const OutputGradient<Value>& output,
                  const Sgd& sgd, std::uint32_t ld, const StepRecord& record, const Stream& stream);

/// Of biases alone, where a library computes the gradients of the weights. gradient: [outputs][ld]
template <typename Value>
void bias_gradient(std::uint32_t outputs, std::uint32_t ld, const Value* gradient, float* of_biases,
                   const Stream& stream);
template <typename Value>
void update_biases(std::uint32_t outputs, std::uint32_t ld, const Value* gradient, const Sgd& sgd,
                   const StepState* state, const ParameterView& biases, const Stream& stream);

}  // namespace regrow::cuda

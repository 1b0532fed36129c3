// The output layer: a dense product with few rows, the loss, and the way back.
#pragma once

#include <cstdint>

#include "common/runtime.h"
#include "regrow/step/loss.h"
#include "step/layer_views.h"

namespace regrow::cuda {

/// Rows of the scratch array that multiply_output() fills and output_loss() adds up.
std::uint32_t output_slices(std::uint32_t inputs);

/// partial[slice][class][s] = Σ over the slice's inputs of W[class][i]·input[i][s].
/// input: [inputs][ld], partial: [output_slices][classes][ld].
template <typename Value>
void multiply_output(const OutputView& layer, std::uint32_t ld, const Value* input, float* partial,
                     const Stream& stream);

/// The loss of regrow/step/loss.h, as kernels see it.
struct Loss {
  LossKind kind = LossKind::kCrossEntropy;
  float label_smoothing = 0;
  const float* class_weights = nullptr;  // [classes], or null: all are 1
  const float* targets = nullptr;        // [ld][classes] of kMse, or null: the labels' classes
};

struct LossTargets {
  float* losses = nullptr;        // [ld], in nats or squares, for s < count
  std::uint32_t* hits = nullptr;  // [ld]: 1 where the largest logit (lowest index) is the label's
  float* logits = nullptr;        // [count][classes], or null
  void* gradient = nullptr;  // Value [classes][ld], or null: of the mean over `count`, 0 in pad
};

/// Logits = bias + Σ slices, in ascending order of slices by fixed chunks; then loss, hit (0 where
/// there are loss.targets), gradient. In training (`state` not null) also state->rates =
/// rates[state->index]. classes is at most kMostClasses.
constexpr std::uint32_t kMostClasses = 10000;  // by the 48 KiB that every block has
template <typename Value>
void output_loss(const OutputView& layer, const Loss& loss, std::uint32_t slices,
                 const float* partial, const std::uint16_t* labels, std::uint32_t count,
                 std::uint32_t ld, const LossTargets& targets, StepState* state,
                 const step::StepRates* rates, const Stream& stream);

/// input_gradient[i][s] = act'(input[i][s])·Σ_c W[c][i]·gradient[c][s].
/// gradient: [classes][ld]; the others: [inputs][ld], as in backward_input().
template <typename Value>
void backward_output(const OutputView& layer, const Activation& of_input, std::uint32_t ld,
                     const Value* gradient, const Value* input, const Value* pre_activation,
                     Value* input_gradient, const Stream& stream);

/// The sum of losses [count] (in double, in a fixed order) and of hits, added to *sums.
void add_sums(std::uint32_t count, const float* losses, const std::uint32_t* hits, StepSums* sums,
              const Stream& stream);

}  // namespace regrow::cuda

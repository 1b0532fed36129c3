// What the kernels of a training step see: raw device pointers, by value.
#pragma once

#include <cstdint>

#include "regrow/augmentation.h"
#include "regrow/dataset.h"
#include "regrow/step/activation.h"
#include "regrow/step/optimiser.h"

namespace regrow::cuda {

/// A brain float: the upper half of a float. Storage only; all arithmetic is in float.
struct BFloat16 {
  std::uint16_t bits;
};

/// The bytes of a matrix of activations or gradients, at most: kernels find its rows by byte
/// offsets of 32 bits.
constexpr std::uint64_t kMostMatrixBytes = std::uint64_t{1} << 32;

/// A trainable array and its optimiser's slots, as regrow/parameter.h has them.
struct ParameterView {
  float* values = nullptr;
  float* slots[kMostSlots] = {};  // null beyond those that the optimiser keeps
};

/// A sparse layer by output neuron, in canonical order: the values live here.
struct RowView {
  std::uint32_t outputs = 0;
  std::uint32_t inputs = 0;
  const std::uint32_t* row_begin = nullptr;  // [outputs + 1]
  const std::uint32_t* columns = nullptr;    // [connections], ascending within a row
  ParameterView weights;                     // [connections]
  ParameterView biases;                      // [outputs]
};

/// The same layer by input neuron: a connection's output neuron and where its values are.
struct ColumnView {
  std::uint32_t inputs = 0;
  const std::uint32_t* column_begin = nullptr;  // [inputs + 1]
  const std::uint32_t* rows = nullptr;          // [connections], ascending within a column
  const std::uint32_t* positions = nullptr;     // [connections], into RowView's arrays
  const float* weights = nullptr;               // RowView's
};

/// The output layer, dense. W: [classes][inputs].
struct OutputView {
  std::uint32_t classes = 0;
  std::uint32_t inputs = 0;
  ParameterView weights;
  ParameterView biases;  // [classes]
};

/// The activation of one layer's output (regrow/step/activation.h), then inverted dropout. The step
/// is read from StepState. A dropped activation is stored as −0 and no kept one is (a kept −0
/// becomes +0), so the backward pass needs no random numbers; nor does it need the pre-activation
/// where the slope is in [0, 1]: of a stored a the derivative is 0 where a is −0, scale where a >
/// 0, else scale·slope. Elsewhere (of_layer().needs_pre_activation()) pre-activations are kept.
struct Activation {
  float slope = 0;
  bool drops = false;           // dropout on (training)
  std::uint32_t threshold = 0;  // dropout_threshold(p)
  float scale = 1;              // 1/(1−p) where `drops`
  std::uint64_t seed = 0;
  std::uint32_t layer = 0;
  step::ActivationForm form = step::ActivationForm::kSloped;
  step::SRelu<const float*> learned = {};  // of kSRelu: [features] each

  step::LayerActivation of_layer() const { return {form, slope}; }
};

/// Where a training run stands, in device memory, so that one captured graph serves every step.
/// Within a step: load_batch and forward read `index`; the output layer writes `rates`, and the
/// clipping of gradients `gradient_factor`; the update reads these and, in one block, records the
/// sums and increments `index`.
struct StepState {
  std::uint64_t first_step = 0;      // of the range being trained; step = first_step + index
  std::uint32_t first_position = 0;  // in the epoch's order, of the range's first sample
  std::uint32_t index = 0;           // of the step in the range
  step::StepRates rates;             // of the current step
  float gradient_factor = 1;         // what clipping multiplies all gradients by
};

/// Sums of one step or evaluation, as the host reads them.
struct StepSums {
  double loss = 0;
  std::uint64_t hits = 0;
};

/// Where the step's sums go: sums[state->index] is set, then state->index is incremented.
struct StepRecord {
  const float* losses = nullptr;        // [count]
  const std::uint32_t* hits = nullptr;  // [count]
  std::uint32_t count = 0;
  StepSums* sums = nullptr;  // [steps of the range]
  StepState* state = nullptr;
};

}  // namespace regrow::cuda

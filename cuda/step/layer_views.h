// What the kernels of a training step see: raw device pointers, by value.
#pragma once

#include <cstdint>

#include "regrow/augmentation.h"
#include "regrow/dataset.h"

namespace regrow::cuda {

/// A brain float: the upper half of a float. Storage only; all arithmetic is in float.
struct BFloat16 {
  std::uint16_t bits;
};

/// The bytes of a matrix of activations or gradients, at most: kernels find its rows by byte
/// offsets of 32 bits.
constexpr std::uint64_t kMostMatrixBytes = std::uint64_t{1} << 32;

/// A sparse layer by output neuron, in canonical order: the values live here.
struct RowView {
  std::uint32_t outputs = 0;
  std::uint32_t inputs = 0;
  const std::uint32_t* row_begin = nullptr;  // [outputs + 1]
  const std::uint32_t* columns = nullptr;    // [connections], ascending within a row
  float* weights = nullptr;                  // [connections]
  float* momentum = nullptr;                 // [connections]
  float* biases = nullptr;                   // [outputs]
  float* bias_momentum = nullptr;            // [outputs]
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
  float* weights = nullptr;
  float* momentum = nullptr;
  float* biases = nullptr;         // [classes]
  float* bias_momentum = nullptr;  // [classes]
};

/// LeakyReLU, then inverted dropout, of one layer's output. The step is read from StepState.
/// A dropped activation is stored as −0 and no kept one is (a kept −0 becomes +0), so the backward
/// pass needs neither the pre-activation nor the random numbers: of a stored a the derivative is
/// 0 where a is −0, scale where a > 0, else scale·slope.
struct Activation {
  float slope = 0;
  bool drops = false;           // dropout on (training)
  std::uint32_t threshold = 0;  // dropout_threshold(p)
  float scale = 1;              // 1/(1−p) where `drops`
  std::uint64_t seed = 0;
  std::uint32_t layer = 0;
};

/// Where a training run stands, in device memory, so that one captured graph serves every step.
/// Within a step: load_batch and forward read `index`; softmax writes `learning_rate`; the update
/// reads `learning_rate` and, in one block, records the sums and increments `index`.
struct StepState {
  std::uint64_t first_step = 0;      // of the range being trained; step = first_step + index
  std::uint32_t first_position = 0;  // in the epoch's order, of the range's first sample
  std::uint32_t index = 0;           // of the step in the range
  float learning_rate = 0;           // of the current step
};

/// Sums of one step or evaluation, as the host reads them.
struct StepSums {
  double loss = 0;
  std::uint64_t hits = 0;
};

struct Sgd {
  float momentum = 0;
  float weight_decay = 0;
};

}  // namespace regrow::cuda

// The SIMD kernels of the CPU back end as one table of functions per instruction set, chosen at run
// time. Activations and their gradients are [feature][ld], batch contiguous; ld is the batch padded
// to a multiple of kBatchPadding; gradients are zero in the padding, activations are finite there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "regrow/augmentation.h"

namespace regrow::cpu {

inline constexpr std::uint32_t kBatchPadding = 16;
/// Samples a batch has room for.
constexpr std::uint32_t padded_batch(std::uint32_t samples) {
  return (samples + kBatchPadding - 1) / kBatchPadding * kBatchPadding;
}
/// Indices that kernels may read beyond an index array's end.
inline constexpr std::size_t kIndexPadding = 16;

/// How a hidden layer's values become activations: LeakyReLU, then inverted dropout. A dropped
/// activation is stored as −0, so that the backward pass knows it without a mask; no other
/// activation is −0.
struct Activation {
  float slope = 0.3F;           // in [0, 1]
  bool drops = false;           // false: evaluation, or no dropout
  std::uint32_t threshold = 0;  // of dropout_threshold()
  float scale = 1;              // 1/(1−p)
  std::uint64_t seed = 0;
  std::uint32_t layer = 0;
  std::uint32_t step = 0;
};

/// v ← μ·v − lr·(g·scale + decay·w); w ← w + v.
struct Sgd {
  float learning_rate = 0;
  float momentum = 0;
  float weight_decay = 0;
  float gradient_scale = 1;  // 1/batch
};

/// Row or column numbers of connections: one of the two, of 16 bits where all of a layer's fit,
/// which halves what a pass has to stream.
struct Indices {
  const std::uint16_t* narrow = nullptr;
  const std::uint32_t* wide = nullptr;
};

/// Y[row] = act(bias[row] + Σ_k weights[position[k]]·X[columns[k]]), k in the row's CSR range.
struct ForwardArgs {
  const std::uint32_t* row_begin;  // [rows + 1]
  Indices columns;                 // [connections]
  const std::uint32_t* position;   // [connections], of the weight in column order
  const float* weights;            // [connections], in column order
  const float* biases;             // [rows]
  const float* input;              // X: [inputs][ld]
  float* output;                   // Y: [rows][ld]
  std::uint32_t ld;
  std::uint32_t inputs;
  Activation activation;
};

/// One pass over the columns [first, last) of a layer: dX (where wanted, with the derivative of the
/// activation that made X), dW and the update of weights and momentum.
struct BackwardArgs {
  const std::uint32_t*
      column_begin;  // [inputs + 1]; null for a dense layer: column c begins at c·outputs
  Indices rows;      // [connections + kIndexPadding]; dense: 0, 1, 2, … [outputs + kIndexPadding]
  float* weights;    // [connections], in column order
  float* momentum;   // [connections]
  float* partial;    // [connections]: dW of the batch tiles before the last
  const float* input;            // X: [inputs][ld]
  const float* output_gradient;  // dY: [outputs][ld]
  float* input_gradient;         // dX: [inputs][ld], may be X itself; or null
  std::uint32_t ld;
  std::uint32_t outputs;
  Activation activation;  // of X
  Sgd sgd;
};

struct BiasArgs {
  float* biases;                 // [rows]
  float* momentum;               // [rows]
  const float* output_gradient;  // [rows][ld]
  std::uint32_t ld;
  Sgd sgd;  // weight decay is not applied to biases
};

/// partial[o][b] = Σ_{f in [first, last)} W[f][o]·X[f][b] for a dense layer of few outputs.
struct DenseForwardArgs {
  const float* weights;  // W: [inputs][outputs]
  const float* input;    // X: [inputs][ld]
  float* partial;        // [outputs][ld]
  std::uint32_t ld;
  std::uint32_t outputs;
};

/// Pixels of one channel, rounded up so that every vector is whole.
inline std::size_t padded_pixels(const ImageShape& shape) {
  return (std::size_t{shape.pixels()} + kBatchPadding - 1) / kBatchPadding * kBatchPadding;
}

/// Reads one image, standardises every source pixel and resamples it.
struct ImageArgs {
  const std::uint8_t* pixels;  // [channel][row][col]
  const float* scale;          // [channel][row][col]: standardised = pixel·scale + shift
  const float* shift;
  const float* pixel_cols;  // [padded_pixels()]: column of every pixel; aligned
  const float* pixel_rows;  // [padded_pixels()]: its row
  float* output;            // [channel][padded_pixels()]
  float* scratch;           // image_scratch_size() floats
  ImageShape shape;
};

struct Kernels {
  const char* name;  // "avx512", "avx2" or "portable"

  void (*forward)(const ForwardArgs&, std::size_t first_row, std::size_t last_row);
  void (*backward)(const BackwardArgs&, std::size_t first_column, std::size_t last_column);
  void (*update_biases)(const BiasArgs&, std::size_t first_row, std::size_t last_row);
  void (*dense_forward)(const DenseForwardArgs&, std::size_t first, std::size_t last);
  /// Y[row] = act(Y[row] + bias[row]) in place, for layers multiplied by a BLAS.
  void (*activate)(float* values, const float* biases, std::uint32_t ld, const Activation&,
                   std::size_t first_row, std::size_t last_row);
  /// dX[row] *= act'(X[row]).
  void (*multiply_derivative)(float* gradient, const float* activations, std::uint32_t ld,
                              const Activation&, std::size_t first_row, std::size_t last_row);
  void (*standardise)(const ImageArgs&);
  void (*resample)(const ImageArgs&, const AffineMatrix&, Interpolation);
};

/// Floats of scratch that `resample` needs for one image.
std::size_t image_scratch_size(const ImageShape& shape);

/// The kernels called `simd`: "auto" (the best this processor runs), "avx512", "avx2", "portable".
/// Throws Error naming what the processor offers when it lacks that one.
const Kernels& select_kernels(const std::string& simd);

}  // namespace regrow::cpu

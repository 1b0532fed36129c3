// The SIMD kernels of the CPU back end as one table of functions per instruction set, chosen at run
// time. Activations and their gradients are [feature][ld], batch contiguous; ld is the batch padded
// to a multiple of kBatchPadding; gradients are zero in the padding, activations are finite there.
// How a row of ld samples lies in memory is its RowFormat.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "regrow/augmentation.h"
#include "regrow/step/activation.h"
#include "regrow/step/optimiser.h"

namespace regrow::cpu {

inline constexpr std::uint32_t kBatchPadding = 16;
/// Samples a batch has room for.
constexpr std::uint32_t padded_batch(std::uint32_t samples) {
  return (samples + kBatchPadding - 1) / kBatchPadding * kBatchPadding;
}
/// Indices that kernels may read beyond an index array's end.
inline constexpr std::size_t kIndexPadding = 16;

/// How the samples of a row lie in memory.
enum class RowFormat : std::uint8_t {
  kFloats,  // ld floats
  /// bf16, two samples in a 32-bit word: 16 words, a cache line, hold sample j of 32 in the low
  /// half of word j, and sample 16 + j in its high half. Read as a float the word is the high
  /// sample, which was rounded knowing the low one; a shift by 16 gives the low one. Where ld ends
  /// with half of such 32 samples, these 16 are floats.
  kPacked,
};
/// Words of 32 bits from one row of a matrix to the next: whole cache lines.
constexpr std::size_t row_words(RowFormat format, std::uint32_t ld) {
  constexpr std::size_t kLine = kBatchPadding;
  return format == RowFormat::kFloats ? ld : (ld + 2 * kLine - 1) / (2 * kLine) * kLine;
}
/// What each round of philox4x32_10() takes of its key.
struct PhiloxKeys {
  std::uint32_t word[10][2] = {};

  PhiloxKeys() = default;
  explicit PhiloxKeys(std::uint64_t key) {
    constexpr std::uint32_t kWeyl0 = 0x9E3779B9U, kWeyl1 = 0xBB67AE85U;
    for (std::uint32_t round = 0; round < 10; ++round) {
      word[round][0] = static_cast<std::uint32_t>(key) + round * kWeyl0;
      word[round][1] = static_cast<std::uint32_t>(key >> 32) + round * kWeyl1;
    }
  }
};

/// How a hidden layer's values become activations: its formula, then inverted dropout. A dropped
/// activation is stored as −0 (step::kDroppedBits), so that the backward pass knows it without a
/// mask; no other activation is −0.
struct Activation {
  step::ActivationForm form = step::ActivationForm::kSloped;
  float slope = 0.3F;           // of kSloped
  bool drops = false;           // false: evaluation, or no dropout
  std::uint32_t threshold = 0;  // of step::dropout_threshold()
  float scale = 1;              // 1/(1−p)
  PhiloxKeys keys;              // of the seed
  std::uint32_t layer = 0;
  std::uint32_t step = 0;
  /// [rows][ld] floats, whatever the format of the activations: null where the derivative can be
  /// told from the activation (a slope in [0, 1]).
  float* pre_activations = nullptr;
  /// Of kSRelu: what each row has learned, in the order of parameter_names(), and the sums over the
  /// batch of its gradients; [rows] each.
  const float* parameters[kSReluParameters] = {};
  float* parameter_gradients[kSReluParameters] = {};
};

/// v ← μ·v − lr·(g·scale + decay·w); w ← w + v, within the backward pass.
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
  Indices columns;                 // [connections + kIndexPadding]
  const std::uint32_t* position;   // [connections + kIndexPadding], of the weight in column order
  const float* weights;            // [connections], in column order
  const float* biases;             // [rows]
  const float* input;              // X: [inputs][ld]
  float* output;                   // Y: [rows][ld]
  std::uint32_t ld;
  Activation activation;
  RowFormat format = RowFormat::kFloats;  // of X and Y
};

/// One pass over the columns [first, last) of a layer: dX (where wanted, with the derivative of the
/// activation that made X), dW and, where it is fused, the update.
struct BackwardArgs {
  const std::uint32_t*
      column_begin;  // [inputs + 1]; null for a dense layer: column c begins at c·outputs
  Indices rows;      // [connections + kIndexPadding]; dense: 0, 1, 2, … [outputs + kIndexPadding]
  float* weights;    // [connections], in column order
  float* momentum;   // [connections], sgd's slot; not read where nothing is updated
  float* gradient;   // [connections], dW summed over the batch; where it is updated at once, of the
                     // batch tiles before the last alone
  const float* input;            // X: [inputs][ld]
  const float* output_gradient;  // dY: [outputs][ld]
  float* input_gradient;         // dX: [inputs][ld], or null; may be X itself where the activation
                                 // has no pre_activations
  std::uint32_t ld;
  std::uint32_t outputs;
  Activation activation;                  // of X
  const Sgd* sgd;                         // null: nothing is updated, `gradient` is complete
  RowFormat format = RowFormat::kFloats;  // of X and dX
  RowFormat gradient_format = RowFormat::kFloats;  // of dY; packed only where X is
};

struct BiasArgs {
  float* biases;                 // [rows]
  float* momentum;               // [rows]
  const float* output_gradient;  // [rows][ld]
  std::uint32_t ld;
  Sgd sgd;                                // weight decay is not applied to biases
  RowFormat format = RowFormat::kFloats;  // of dY
};

/// One step of an optimiser (regrow/step/optimiser.h) on values whose gradients are complete.
struct UpdateArgs {
  float* values;             // aligned, and whole vectors, as all of these
  float* slots[kMostSlots];  // as many as the optimiser has
  const float* gradient;     // summed over the batch
  float gradient_scale;      // 1/batch, times what clipping leaves
  step::Coefficients<float> coefficients;
  step::StepRates rates;
};

/// partial[o][b] = Σ_{f in [first, last)} W[f][o]·X[f][b] for a dense layer of few outputs.
struct DenseForwardArgs {
  const float* weights;  // W: [inputs][outputs]
  const float* input;    // X: [inputs][ld]
  float* partial;        // [outputs][ld]
  std::uint32_t ld;
  std::uint32_t outputs;
  RowFormat format = RowFormat::kFloats;  // of X
};

/// gradients[i] = Σ_b dY[out][b]·X[in][b] of cell i = out·inputs + in, which need be no connection.
struct CellGradientArgs {
  const std::uint64_t* cells;    // ascending: the walk stays at a row of dY while it gathers X
  const float* input;            // X: [inputs][ld]
  const float* output_gradient;  // dY: [outputs][ld]
  float* gradients;              // [cells]
  std::uint32_t ld;
  std::uint32_t inputs;
};

/// Pixels of one channel, rounded up so that every vector is whole.
inline std::size_t padded_pixels(const ImageShape& shape) {
  return (std::size_t{shape.pixels()} + kBatchPadding - 1) / kBatchPadding * kBatchPadding;
}

/// How values are standardised (regrow/step/standardise.h): [channel][row][col] each. Of bytes,
/// unit and offset are null.
struct FeatureLaws {
  const float* scale;
  const float* shift;
  const float* unit;
  const float* offset;
};

/// Reads one image, standardises every source pixel and resamples it.
struct ImageArgs {
  const std::uint8_t* bytes;  // [channel][row][col]; null where the values are floats
  const float* floats;        // likewise
  FeatureLaws laws;
  const float* pixel_cols;  // [padded_pixels()]: column of every pixel; aligned
  const float* pixel_rows;  // [padded_pixels()]: its row
  float* output;            // [channel][padded_pixels()]
  float* scratch;           // image_scratch_size() floats
  ImageShape shape;
};

/// Writes the rows of some features: features[i] is that whose values lie at `staged` + i, those of
/// the next sample `row` floats further.
struct TransposeArgs {
  const float* staged;  // [samples][row]; whole vectors may be read
  std::size_t row;
  const std::uint32_t* features;  // [count]
  std::size_t count;
  std::size_t samples;  // what lies beyond in a row becomes 0
  float* input;         // X: [features][ld]
  std::uint32_t ld;
  RowFormat format;  // of X
};

struct Kernels {
  const char* name;  // "avx512", "avx2" or "portable"

  void (*forward)(const ForwardArgs&, std::size_t first_row, std::size_t last_row);
  void (*backward)(const BackwardArgs&, std::size_t first_column, std::size_t last_column);
  void (*update_biases)(const BiasArgs&, std::size_t first_row, std::size_t last_row);
  /// sums[row] = Σ_b rows[row][b]: the gradient of a bias.
  void (*sum_rows)(const float* rows, std::uint32_t ld, RowFormat format, float* sums,
                   std::size_t first_row, std::size_t last_row);
  /// Rows [first_row, last_row), rounded to bf16.
  void (*pack)(const float* rows, std::uint32_t ld, float* packed, std::size_t first_row,
               std::size_t last_row);
  /// Each sample as it is multiplied: the high one of a word is all of it.
  void (*unpack)(const float* packed, std::uint32_t ld, float* rows, std::size_t first_row,
                 std::size_t last_row);
  /// Of elements [first, last); `first` is a multiple of kBatchPadding, and what lies beyond `last`
  /// in its vector is nobody's.
  void (*update)(const UpdateArgs&, std::size_t first, std::size_t last);
  /// Σ values[i]², in double.
  double (*sum_of_squares)(const float* values, std::size_t count);
  void (*dense_forward)(const DenseForwardArgs&, std::size_t first, std::size_t last);
  /// Y[row] = act(P[row] + bias[row]), for layers multiplied by a BLAS. `products` P is Y itself,
  /// or the activation's pre_activations where it has them, which then take P + bias.
  void (*activate)(float* products, const float* biases, float* output, std::uint32_t ld,
                   const Activation&, std::size_t first_row, std::size_t last_row);
  /// dX[row] *= act'; of kSRelu also the gradients of what the row has learned.
  void (*multiply_derivative)(float* gradient, const float* activations, std::uint32_t ld,
                              const Activation&, std::size_t first_row, std::size_t last_row);
  void (*cell_gradients)(const CellGradientArgs&, std::size_t first_cell, std::size_t last_cell);
  /// The positions at which the bits of |value| are `least` or more and it is no NaN, ascending.
  /// Returns how many. `values` may be read, and `positions` written, a vector beyond.
  std::size_t (*find_magnitudes)(const float* values, std::size_t count, std::uint32_t least,
                                 std::uint32_t* positions);
  void (*standardise)(const ImageArgs&);
  void (*transpose)(const TransposeArgs&);
  void (*resample)(const ImageArgs&, const AffineMatrix&, Interpolation);
  /// standardised[i] = values[i] of feature features[i], as standardise() has it of a float.
  void (*standardise_stored)(const FeatureLaws&, const float* values, const std::uint32_t* features,
                             std::size_t count, float* standardised);
};

/// Floats of scratch that `resample` needs for one image.
std::size_t image_scratch_size(const ImageShape& shape);

/// The kernels called `simd`: "auto" (the best this processor runs), "avx512", "avx2", "portable".
/// Throws Error naming what the processor offers when it lacks that one.
const Kernels& select_kernels(const std::string& simd);

}  // namespace regrow::cpu

// From a data set's features on the device, of any kind, to the network's input: gathered,
// standardised, augmented.
#pragma once

#include <cstdint>
#include <variant>

#include "common/runtime.h"
#include "regrow/step/standardise.h"
#include "step/layer_views.h"

namespace regrow::cuda {

// As regrow/features.h has them; laws: [channel][pixel].
struct ByteSource {
  const std::uint8_t* values = nullptr;  // [samples][channel][row][col]
  const step::ByteLaw* laws = nullptr;
};
struct FloatSource {
  const float* values = nullptr;  // [samples][channel][row][col]
  const step::FloatLaw* laws = nullptr;
};
struct SparseSource {
  const std::uint64_t* row_begin = nullptr;  // [samples + 1]
  const std::uint32_t* columns = nullptr;    // [stored], ascending within a row
  const float* values = nullptr;             // [stored]
  const step::FloatLaw* laws = nullptr;
};
using FeatureSource = std::variant<ByteSource, FloatSource, SparseSource>;

struct BatchSource {
  FeatureSource features;
  const std::uint16_t* labels = nullptr;   // [samples]
  const std::uint32_t* samples = nullptr;  // [positions], or null: position = sample
  const AffineMatrix* matrices = nullptr;  // [positions], or null: not augmented
  ImageShape shape;
  InputOrder order = InputOrder::kHwc;
  Interpolation interpolation = Interpolation::kBilinear;
  const float* targets = nullptr;  // [samples][outputs], of data that has numbers to predict
};

/// input[feature][s] and labels[s] of the `count` samples at positions first + s; zero for
/// count ≤ s < ld. first = state->first_position + state->index·count in training, or
/// `first_position` where `state` is null.   input: [features][ld], labels: [ld]
/// count is at most kMostBatch.
constexpr std::uint32_t kMostBatch = 65535 * 8;  // by the blocks of a grid's second dimension
template <typename Value>
void load_batch(const BatchSource& source, const StepState* state, std::uint32_t first_position,
                std::uint32_t count, std::uint32_t ld, Value* input, std::uint16_t* labels,
                const Stream& stream);

/// targets[s][k] of the same samples: [ld][outputs], 0 for count ≤ s < ld. source.targets is not
/// null.
void load_targets(const BatchSource& source, const StepState* state, std::uint32_t first_position,
                  std::uint32_t count, std::uint32_t ld, std::uint32_t outputs, float* targets,
                  const Stream& stream);

}  // namespace regrow::cuda

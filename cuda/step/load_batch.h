// From the uint8 images on the device to the network's input: gathered, standardised, augmented.
#pragma once

#include <cstdint>

#include "common/runtime.h"
#include "step/layer_views.h"

namespace regrow::cuda {

/// scale and shift of one pixel: standardised = pixel·scale + shift.
struct alignas(8) PixelLaw {  // loaded as one
  float scale;
  float shift;
};

struct BatchSource {
  const std::uint8_t* pixels = nullptr;    // [samples][channel][row][col]
  const std::uint16_t* labels = nullptr;   // [samples]
  const std::uint32_t* samples = nullptr;  // [positions], or null: position = sample
  const AffineMatrix* matrices = nullptr;  // [positions], or null: not augmented
  const PixelLaw* pixel_laws = nullptr;    // [channel][pixel]
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

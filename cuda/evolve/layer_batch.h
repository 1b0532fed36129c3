// What the last Backend::differentiate() left of one layer, from which cells are scored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>

#include "step/layer_views.h"

namespace regrow::cuda {

template <typename Value>
struct BatchOf {
  const Value* inputs = nullptr;     // x: [inputs][ld]
  const Value* gradients = nullptr;  // dz, of the mean loss: [outputs][ld]; 0 in the pad
  std::uint32_t ld = 0;              // a multiple of 8
  std::uint32_t samples = 0;         // of the ld; the others are pad
};

using LayerBatch = std::variant<BatchOf<float>, BatchOf<BFloat16>>;

/// Cells that are scored by one launch. Each takes 15 bytes for a while.
inline constexpr std::size_t kScoredAtOnce = std::size_t{1} << 23;

/// A layer's batch, and how many cells to score by one launch; which changes no result.
struct ScoredBatch {
  LayerBatch batch;
  std::size_t at_once = kScoredAtOnce;
};

}  // namespace regrow::cuda

// How many connections a layer grows.
#pragma once

#include <cstdint>

#include "regrow/evolution/evolution_config.h"

namespace regrow {

/// A layer as its drop leaves it.
struct DroppedLayer {
  std::uint64_t target = 0;  // connections that the schedule wants; γ where density is constant
  std::uint64_t dropped = 0;
  std::uint64_t remaining = 0;  // λ
  std::uint64_t eligible = 0;   // cells that may grow
};

/// clamp(⌈θ·max(0, Δ)⌉, 0, eligible), Δ = target − λ or, by `delta`, what has dropped (Algorithm 1
/// of the thesis). Throws std::logic_error unless θ is finite and at least 0.
std::uint64_t grow_count(double theta, GrowDelta delta, const DroppedLayer& layer);

}  // namespace regrow

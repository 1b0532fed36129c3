// Counting signs and dropping the connections closest to zero, exactly as regrow/evolution.h says.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/runtime.h"
#include "evolve/connections.h"
#include "regrow/evolution.h"

namespace regrow::cuda {

/// Adds the signs of weights [count] to *counts (on the device); `only_finite`: counts nothing but
/// values that are not finite (for biases and momenta).
void count_weights(const float* values, std::size_t count, bool only_finite, WeightCounts* counts,
                   const Stream& stream);

struct DropOutcome {
  Connections kept;
  Connections dropped;  // cells and momentum, in canonical order; weights empty
  DropReport report;
};

/// Waits for the stream, once.
DropOutcome drop(const Connections& connections, DropRule rule, const LayerDrop& counts,
                 const Stream& stream);

}  // namespace regrow::cuda

// The primitives of a step, of scores and of evolution, each timed alone.
#pragma once

#include <vector>

#include "bench/bench_network.h"
#include "bench/timer.h"

namespace regrow::cuda {

/// Names of the ceilings, by what they gather.
inline constexpr const char* kGather400 = "gather 400 B";
inline constexpr const char* kGather208 = "gather 208 B";
inline constexpr const char* kCopy = "device copy";

/// Value: float or BFloat16.
template <typename Value>
void time_step(const BenchShape& shape, const NetworkState& network, const CallTimer& timer,
               const Stream& stream, std::vector<PrimitiveTiming>& timings);

template <typename Value>
void time_scoring(const BenchShape& shape, const NetworkState& network, const CallTimer& timer,
                  const Stream& stream, std::vector<PrimitiveTiming>& timings);

void time_evolution(const NetworkState& network, const CallTimer& timer, const Stream& stream,
                    std::vector<PrimitiveTiming>& timings);

}  // namespace regrow::cuda

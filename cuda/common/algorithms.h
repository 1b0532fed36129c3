// Sorting and scanning on the device, by Thrust: the one place that includes it (it takes long to
// compile). In the emulated build Thrust's CPP system does the work. Stable; scratch memory is
// stream-ordered.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/runtime.h"

namespace regrow::cuda {

void sort(std::uint64_t* keys, std::size_t count, const Stream& stream);
/// Stable by key.
void sort_by_key(std::uint32_t* keys, std::uint32_t* values, std::size_t count,
                 const Stream& stream);
/// sums[i] = values[0] + … + values[i−1]; sums: [count + 1], the total last.
void exclusive_scan(const std::uint32_t* values, std::size_t count, std::uint64_t* sums,
                    const Stream& stream);
/// The distinct values of `sorted`, in order; returns how many there are (waits).
std::size_t unique(const std::uint64_t* sorted, std::size_t count, std::uint64_t* distinct,
                   const Stream& stream);
/// Distinct values of sorted `cells` and how often each occurs; returns how many there are (waits).
std::size_t run_lengths(const std::uint64_t* sorted_cells, std::size_t count,
                        std::uint64_t* distinct, std::uint32_t* lengths, const Stream& stream);

}  // namespace regrow::cuda

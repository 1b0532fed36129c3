// The order in which an epoch visits the training samples.
#pragma once

#include <cstdint>
#include <vector>

namespace regrow {

/// The order of `epoch`: [count], entries < count, keyed by
/// (seed, kSampleOrder, epoch). Positions beyond steps_per_epoch·batch_size are left out.
std::vector<std::uint32_t> sample_order(std::uint64_t seed, std::uint32_t epoch,
                                        std::uint32_t count);

}  // namespace regrow

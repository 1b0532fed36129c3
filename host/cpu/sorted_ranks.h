// The ranks that a choice names, in ascending order.
#pragma once

#include <cstdint>

#include "evolution/class_walk.h"
#include "random/sorted_images.h"

namespace regrow::cpu {

/// In O(choice.count): the images under the bijection are sorted by their digits.
LargeVector<std::uint64_t> sorted_ranks(const RankChoice& choice, Workers& workers);

/// What sorted_ranks() takes in memory at its height.
constexpr std::uint64_t sorted_ranks_bytes(std::uint64_t count) {
  return sorted_images_bytes(count);
}

}  // namespace regrow::cpu

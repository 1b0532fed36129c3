// The ranks that a choice names, in ascending order.
#pragma once

#include <cstdint>
#include <vector>

#include "evolution/class_walk.h"

namespace regrow::cpu {

/// In O(choice.count): the images under the bijection are sorted by their digits.
std::vector<std::uint64_t> sorted_ranks(const RankChoice& choice);

/// Sorts numbers below `limit`, by their digits, in O(numbers); as many are held beside them.
void sort_below(std::uint64_t limit, std::vector<std::uint64_t>& numbers);

/// What sorted_ranks() takes in memory at its height.
constexpr std::uint64_t sorted_ranks_bytes(std::uint64_t count) {
  return 2 * count * sizeof(std::uint64_t);
}

}  // namespace regrow::cpu

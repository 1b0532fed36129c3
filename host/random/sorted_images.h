// A random subset in ascending order, by the images of a bijection.
#pragma once

#include <cstdint>

#include "regrow/bijection.h"
#include "system/large_vector.h"
#include "system/workers.h"

namespace regrow {

/// The images of 0, 1, … count − 1, ascending: in O(count), the same for any number of workers.
LargeVector<std::uint64_t> sorted_images(const Bijection& bijection, std::uint64_t count,
                                         Workers& workers);

/// Sorts numbers below `limit`, by their digits, in O(numbers); as many are held beside them.
/// Workers share out intervals of values: of numbers that lie close together one has the most.
void sort_below(std::uint64_t limit, LargeVector<std::uint64_t>& numbers, Workers& workers);

/// What sorted_images() takes in memory at its height.
constexpr std::uint64_t sorted_images_bytes(std::uint64_t count) {
  return 2 * count * sizeof(std::uint64_t);
}

}  // namespace regrow

// What two lists of cells have in common.
#pragma once

#include <cstdint>
#include <span>

#include "system/workers.h"

namespace regrow {

/// How many cells are in both lists, which ascend; in O(cells).
std::uint64_t count_shared(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b,
                           Workers& workers);

}  // namespace regrow

// How far two things measured together rise and fall together.
#pragma once

#include <optional>
#include <span>
#include <utility>

namespace regrow {

/// Pearson's: from −1 to 1. Absent where there are less than two, where one of the two
/// does not vary but for rounding, and where a value is not finite.
std::optional<double> correlation(std::span<const std::pair<double, double>> pairs);

}  // namespace regrow

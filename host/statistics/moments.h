// Mean and standard deviation of a sample.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace regrow {

/// What varies by less, as a share of what it is of, varies but for rounding: as 0.6 − 0.5 and
/// 0.7 − 0.6. No test and no correlation has a value then.
inline constexpr double kRounding = 1e-12;

struct Moments {
  std::size_t n = 0;
  double mean = 0;                           // 0 where n = 0
  std::optional<double> standard_deviation;  // of the sample, by n − 1; absent where n < 2
};

Moments moments(std::span<const double> values);

}  // namespace regrow

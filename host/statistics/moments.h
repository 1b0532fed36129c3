// Mean and standard deviation of a sample.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace regrow {

struct Moments {
  std::size_t n = 0;
  double mean = 0;                           // 0 where n = 0
  std::optional<double> standard_deviation;  // of the sample, by n − 1; absent where n < 2
};

Moments moments(std::span<const double> values);

}  // namespace regrow

// From the doubles of a network state to this back end's precision.
#pragma once

#include <algorithm>
#include <vector>

namespace regrow::cpu {

inline void copy_as_floats(const std::vector<double>& from, float* to) {
  std::transform(from.begin(), from.end(), to,
                 [](double value) { return static_cast<float>(value); });
}

inline std::vector<float> to_floats(const std::vector<double>& values) {
  std::vector<float> floats(values.size());
  copy_as_floats(values, floats.data());
  return floats;
}

}  // namespace regrow::cpu

// How a feature's values become network inputs in floats: (value − mean)/deviation, for host and
// device.
#pragma once

#include <algorithm>
#include <cmath>

#include "regrow/philox.h"
#include "regrow/step/number.h"

namespace regrow::step {

/// Of a feature that is a byte: byte·scale + shift, fused. A byte is as large as deviations of
/// bytes are, so that nothing cancels that a float would miss.
struct alignas(8) ByteLaw {  // loaded as one
  float scale = 0;
  float shift = 0;
};

/// The deviation may be infinite: then every byte gives +0.
inline ByteLaw byte_law(double mean, double deviation) {
  return {static_cast<float>(1 / deviation), static_cast<float>(-mean / deviation)};
}

/// Of a feature that is a float, or sparse: (value·unit + offset)·scale + shift, both fused.
/// As a byte's law, a mean of a million deviations would cost all but the first digits. So the
/// value loses the mean, as a float has it, before anything is rounded: a difference of floats
/// within a factor of 2 of each other is a float (Sterbenz 1974). What that float lacks of the mean
/// is in the shift. `unit` is the power of 2 that brings the deviation into [1, 2): exact, and no
/// value, sum or factor leaves a float's range, or its normal numbers, that need not. The error is
/// below 3·2⁻²⁴·|input| + 2⁻⁴⁷·|mean|/deviation.
struct alignas(16) FloatLaw {  // loaded as one
  float unit = 0;
  float offset = 0;
  float scale = 0;
  float shift = 0;
};

/// The deviation may be infinite: then every finite value gives +0.
inline FloatLaw float_law(double mean, double deviation) {
  if (!(deviation > 0) || !std::isfinite(deviation)) return {};
  // Within the powers whose reciprocals are normal floats.
  const double unit = std::ldexp(1.0, std::clamp(-std::ilogb(deviation), -126, 126));
  const double in_units = deviation * unit;
  const auto centre = static_cast<float>(mean * unit);
  const double missing = mean * unit - double{centre};
  return {static_cast<float>(unit), 0 - centre, static_cast<float>(1 / in_units),
          static_cast<float>(0 - missing / in_units)};
}

#include "regrow/step/standardise-inl.h"

REGROW_HD inline float standardised(const FloatLaw& law, float value) {
  return standardised(value, law.unit, law.offset, law.scale, law.shift);
}

}  // namespace regrow::step

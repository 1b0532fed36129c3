// The operations that the formulas of a training step are written in. A formula is a template over
// a number: double or float here; a vector of floats where a back end computes on many at once and
// declares the same functions for its own type.
#pragma once

#include <cmath>

#include "regrow/philox.h"

namespace regrow::step {

REGROW_HD inline float multiply_add(float a, float b, float c) { return fmaf(a, b, c); }
REGROW_HD inline double multiply_add(double a, double b, double c) { return fma(a, b, c); }
REGROW_HD inline float square_root(float a) { return sqrtf(a); }
REGROW_HD inline double square_root(double a) { return sqrt(a); }
REGROW_HD inline float exponential(float a) { return expf(a); }
REGROW_HD inline double exponential(double a) { return exp(a); }
REGROW_HD inline float absolute(float a) { return fabsf(a); }
REGROW_HD inline double absolute(double a) { return fabs(a); }

/// `then` where the condition holds, else `otherwise`: no branch, so that lanes may differ.
template <typename Number>
REGROW_HD inline Number select(bool condition, Number then, Number otherwise) {
  return condition ? then : otherwise;
}

}  // namespace regrow::step

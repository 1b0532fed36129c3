// Student's t distribution.
#pragma once

namespace regrow {

/// The probability of |T| ≥ |t| with so many degrees of freedom, above 0; to about 14 digits, also
/// far out. NaN where t is.
double two_sided_p(double t, double degrees_of_freedom);

/// The probability of T ≥ t.
double upper_tail_p(double t, double degrees_of_freedom);

/// The t ≥ 0 of which two_sided_p() is p, above 0 and at most 1.
double critical_t(double p, double degrees_of_freedom);

}  // namespace regrow

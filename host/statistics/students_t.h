// Student's t distribution.
#pragma once

namespace regrow {

/// The probability of |T| ≥ |t| with so many degrees of freedom, above 0; to about 14 digits, also
/// far out. NaN where t is.
double two_sided_p(double t, double degrees_of_freedom);

}  // namespace regrow

// The formula that makes network inputs of floats. Included into a namespace, and by a back end
// that computes on vectors once more for each of its instruction sets, since a function is compiled
// for one: no guard.

/// Of a FloatLaw. The first line is exact where the value is near the mean.
template <typename Number>
REGROW_HD inline Number standardised(Number value, Number unit, Number offset, Number scale,
                                     Number shift) {
  const Number beside_mean = multiply_add(value, unit, offset);
  return multiply_add(beside_mean, scale, shift);
}

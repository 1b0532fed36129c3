// The formulas of activations. Included into a namespace, and by a back end that computes on
// vectors once more for each of its instruction sets, since a function is compiled for one: no
// guard.

/// z where z > 0, else slope·z; the derivative at 0 is the slope.
template <typename Number>
REGROW_HD inline Number sloped(Number slope, Number z) {
  return select(z > Number(0.0F), z, slope * z);
}
template <typename Number>
REGROW_HD inline Number sloped_derivative(Number slope, Number z) {
  return select(z > Number(0.0F), Number(1.0F), slope);
}

/// SReLU (Jin et al. 2016, as the Keras contribution that SET's authors used): with T = t_left +
/// |t_right|,  T + a_right·(z − T) where z ≥ T;  t_left + a_left·(z − t_left) where z ≤ t_left;
/// z between.
template <typename Number>
REGROW_HD inline Number srelu(const SRelu<Number>& of, Number z) {
  const Number right = of.t_left + absolute(of.t_right);
  const Number below = multiply_add(of.a_left, z - of.t_left, of.t_left);
  const Number above = multiply_add(of.a_right, z - right, right);
  return select(z <= of.t_left, below, select(z >= right, above, z));
}
template <typename Number>
REGROW_HD inline Number srelu_derivative(const SRelu<Number>& of, Number z) {
  const Number right = of.t_left + absolute(of.t_right);
  return select(z <= of.t_left, of.a_left, select(z >= right, of.a_right, Number(1.0F)));
}
/// The derivatives of srelu(of, z) by the four values.
template <typename Number>
REGROW_HD inline SRelu<Number> srelu_parameter_derivatives(const SRelu<Number>& of, Number z) {
  const Number zero(0.0F), one(1.0F);
  const Number right = of.t_left + absolute(of.t_right);
  const auto is_below = z <= of.t_left;
  const auto is_above = z >= right;
  const Number by_right = select(is_below, zero, select(is_above, one - of.a_right, zero));
  const Number sign = select(of.t_right > zero, one, select(of.t_right < zero, -one, zero));
  return {select(is_below, one - of.a_left, by_right), select(is_below, z - of.t_left, zero),
          sign * by_right, select(is_below, zero, select(is_above, z - right, zero))};
}

/// Φ(z), the normal distribution's: by Abramowitz & Stegun 7.1.26, off by less than 1e-7.
template <typename Number>
REGROW_HD inline Number normal_distribution(Number z) {
  const Number x = absolute(z) * Number(0.70710678F);
  const Number t = Number(1.0F) / multiply_add(Number(0.3275911F), x, Number(1.0F));
  Number sum = multiply_add(Number(1.061405429F), t, Number(-1.453152027F));
  sum = multiply_add(sum, t, Number(1.421413741F));
  sum = multiply_add(sum, t, Number(-0.284496736F));
  sum = multiply_add(sum, t, Number(0.254829592F));
  // 1 − Φ(|z|): small where |z| is large, without a difference of what is nearly equal.
  const Number beyond = Number(0.5F) * (sum * t) * exponential(-(x * x));
  return select(z > Number(0.0F), Number(1.0F) - beyond, beyond);
}
/// GELU (Hendrycks & Gimpel 2016): z·Φ(z).
template <typename Number>
REGROW_HD inline Number gelu(Number z) {
  return z * normal_distribution(z);
}
/// Φ(z) + z·φ(z)
template <typename Number>
REGROW_HD inline Number gelu_derivative(Number z) {
  const Number density = Number(0.39894228F) * exponential(Number(-0.5F) * (z * z));
  return multiply_add(z, density, normal_distribution(z));
}

// Activations: which there are, what each learns, and one formula each, for host and device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "regrow/philox.h"
#include "regrow/step/number.h"

namespace regrow {

enum class ActivationKind : std::uint8_t { kLeakyRelu, kRelu, kAllRelu, kSRelu, kGelu };

/// What the four learned values of each of an SReLU's neurons are called, in checkpoints as well.
inline constexpr std::size_t kSReluParameters = 4;
/// The names of the values that an activation learns for each neuron; none but of srelu.
inline std::span<const char* const> parameter_names(ActivationKind kind) {
  static constexpr const char* kSRelu[kSReluParameters] = {"t_left", "a_left", "t_right",
                                                           "a_right"};
  return kind == ActivationKind::kSRelu ? std::span<const char* const>(kSRelu)
                                        : std::span<const char* const>();
}

namespace step {

/// The formulas that kernels know. kSloped: z where z > 0, else slope·z, which leaky_relu, relu and
/// all_relu are.
enum class ActivationForm : std::uint8_t { kSloped, kSRelu, kGelu };

/// The activation of one hidden layer, as kernels see it.
struct LayerActivation {
  ActivationForm form = ActivationForm::kSloped;
  float slope = 0.3F;  // of kSloped

  /// True where the derivative cannot be told from the activated value: the pre-activations are
  /// kept. Of a slope in [0, 1] the sign tells it.
  REGROW_HD constexpr bool needs_pre_activation() const {
    return form != ActivationForm::kSloped || slope < 0;
  }
};

/// `hidden_layer` counts from 0. All-ReLU (Curci et al. 2021): −slope in the first, third, …
/// hidden layer, +slope in the second, fourth, ….
inline LayerActivation layer_activation(ActivationKind kind, std::size_t hidden_layer,
                                        double slope) {
  const auto given = static_cast<float>(slope);
  switch (kind) {
    case ActivationKind::kLeakyRelu:
      return {ActivationForm::kSloped, given};
    case ActivationKind::kRelu:
      return {ActivationForm::kSloped, 0};
    case ActivationKind::kAllRelu:
      return {ActivationForm::kSloped, hidden_layer % 2 == 0 ? -given : given};
    case ActivationKind::kSRelu:
      return {ActivationForm::kSRelu, 0};
    case ActivationKind::kGelu:
      return {ActivationForm::kGelu, 0};
  }
  return {};
}

/// What one neuron's SReLU has learned. Its right threshold is t_left + |t_right|, so that the two
/// never cross.
template <typename Number>
struct SRelu {
  Number t_left;
  Number a_left;
  Number t_right;
  Number a_right;
};

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

}  // namespace step
}  // namespace regrow

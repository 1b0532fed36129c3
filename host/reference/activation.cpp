// One function per activation, written from the papers' formulas and nobody else's code.
#include "reference/activation.h"

#include <cmath>
#include <numbers>

namespace regrow::reference {

namespace {

double sloped_slope(ActivationKind kind, const ActivationPlace& place) {
  if (kind == ActivationKind::kRelu) return 0;
  const bool is_negative = kind == ActivationKind::kAllRelu && place.hidden_layer % 2 == 0;
  return is_negative ? -place.leaky_slope : place.leaky_slope;
}

struct SReluNeuron {
  double t_left, a_left, t_right, a_right;

  SReluNeuron(const ReferenceLayer& layer, std::size_t neuron)
      : t_left(layer.activation_parameters[0].values[neuron]),
        a_left(layer.activation_parameters[1].values[neuron]),
        t_right(layer.activation_parameters[2].values[neuron]),
        a_right(layer.activation_parameters[3].values[neuron]) {}

  double right() const { return t_left + std::abs(t_right); }

  double value(double z) const {
    if (z <= t_left) return t_left + a_left * (z - t_left);
    if (z >= right()) return right() + a_right * (z - right());
    return z;
  }
  double derivative(double z) const {
    if (z <= t_left) return a_left;
    return z >= right() ? a_right : 1;
  }
};

double normal_distribution(double z) {
  // By erfc where z is negative: 1 + erf would cancel.
  return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}
double normal_density(double z) { return std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi); }

double value_of(const ReferenceLayer& layer, const ActivationPlace& place, std::size_t neuron,
                double z) {
  switch (layer.activation) {
    case ActivationKind::kSRelu:
      return SReluNeuron(layer, neuron).value(z);
    case ActivationKind::kGelu:
      return z * normal_distribution(z);
    default:
      return z > 0 ? z : sloped_slope(layer.activation, place) * z;
  }
}

double derivative_of(const ReferenceLayer& layer, const ActivationPlace& place, std::size_t neuron,
                     double z) {
  switch (layer.activation) {
    case ActivationKind::kSRelu:
      return SReluNeuron(layer, neuron).derivative(z);
    case ActivationKind::kGelu:
      return normal_distribution(z) + z * normal_density(z);
    default:
      return z > 0 ? 1 : sloped_slope(layer.activation, place);
  }
}

}  // namespace

void activate(const ReferenceLayer& layer, const ActivationPlace& place, std::span<const double> z,
              std::span<double> a) {
  const std::size_t batch = z.size() / layer.outputs;
  for (std::size_t k = 0; k < z.size(); ++k) a[k] = value_of(layer, place, k / batch, z[k]);
}

void activation_gradient(const ReferenceLayer& layer, const ActivationPlace& place,
                         std::span<const double> z, std::span<double> da) {
  const std::size_t batch = z.size() / layer.outputs;
  for (std::size_t k = 0; k < z.size(); ++k) da[k] *= derivative_of(layer, place, k / batch, z[k]);
}

std::vector<std::vector<double>> activation_parameter_gradients(const ReferenceLayer& layer,
                                                                std::span<const double> z,
                                                                std::span<const double> da) {
  if (layer.activation != ActivationKind::kSRelu) return {};
  const std::size_t batch = z.size() / layer.outputs;
  std::vector<double> t_left(layer.outputs), a_left(layer.outputs);
  std::vector<double> t_right(layer.outputs), a_right(layer.outputs);
  for (std::size_t k = 0; k < z.size(); ++k) {
    const std::size_t o = k / batch;
    const SReluNeuron neuron(layer, o);
    if (z[k] <= neuron.t_left) {
      t_left[o] += da[k] * (1 - neuron.a_left);
      a_left[o] += da[k] * (z[k] - neuron.t_left);
    } else if (z[k] >= neuron.right()) {
      const double sign = neuron.t_right > 0 ? 1 : neuron.t_right < 0 ? -1 : 0;
      t_left[o] += da[k] * (1 - neuron.a_right);
      t_right[o] += da[k] * sign * (1 - neuron.a_right);
      a_right[o] += da[k] * (z[k] - neuron.right());
    }
  }
  return {t_left, a_left, t_right, a_right};
}

}  // namespace regrow::reference

// One loop per formula.
#include "reference/optimiser.h"

#include <cmath>
#include <cstddef>

namespace regrow::reference {

namespace {

// An array and its gradient. `mask`: empty where all of the values are there.
struct Trained {
  std::span<const double> gradient;
  std::span<const std::uint8_t> mask;
  double weight_decay = 0;
  Parameter& parameter;

  std::size_t size() const { return parameter.size(); }
  bool is_there(std::size_t k) const { return mask.empty() || mask[k] != 0; }
};

void sgd(double momentum, double rate, const Trained& of) {
  std::vector<double>& w = of.parameter.values;
  std::vector<double>& v = of.parameter.slots[0];
  for (std::size_t k = 0; k < of.size(); ++k) {
    if (!of.is_there(k)) continue;
    const double g = of.gradient[k] + of.weight_decay * w[k];
    v[k] = momentum * v[k] - rate * g;
    w[k] += v[k];
  }
}

void nesterov(double momentum, double rate, const Trained& of) {
  std::vector<double>& w = of.parameter.values;
  std::vector<double>& v = of.parameter.slots[0];
  for (std::size_t k = 0; k < of.size(); ++k) {
    if (!of.is_there(k)) continue;
    const double g = of.gradient[k] + of.weight_decay * w[k];
    v[k] = momentum * v[k] - rate * g;
    w[k] += momentum * v[k] - rate * g;
  }
}

void adam(const OptimiserSettings& optimiser, const StepTime& time, const Trained& of) {
  const auto t = static_cast<double>(time.t);
  const double first_bias = 1 - std::pow(optimiser.beta1, t);
  const double second_bias = 1 - std::pow(optimiser.beta2, t);
  std::vector<double>& w = of.parameter.values;
  std::vector<double>& m = of.parameter.slots[0];
  std::vector<double>& s = of.parameter.slots[1];
  for (std::size_t k = 0; k < of.size(); ++k) {
    if (!of.is_there(k)) continue;
    const double g = of.gradient[k] + of.weight_decay * w[k];
    m[k] = optimiser.beta1 * m[k] + (1 - optimiser.beta1) * g;
    s[k] = optimiser.beta2 * s[k] + (1 - optimiser.beta2) * g * g;
    const double mean = m[k] / first_bias;
    const double root = std::sqrt(s[k] / second_bias);
    w[k] -= time.learning_rate * mean / (root + optimiser.epsilon);
  }
}

void adamw(const OptimiserSettings& optimiser, const StepTime& time, const Trained& of) {
  std::vector<double>& w = of.parameter.values;
  for (std::size_t k = 0; k < of.size(); ++k) {
    if (of.is_there(k)) w[k] -= time.learning_rate * of.weight_decay * w[k];
  }
  adam(optimiser, time, {of.gradient, of.mask, 0, of.parameter});
}

void step(const OptimiserSettings& optimiser, const StepTime& time, const Trained& of) {
  switch (optimiser.kind) {
    case OptimiserKind::kSgd:
      return sgd(optimiser.momentum, time.learning_rate, of);
    case OptimiserKind::kNesterov:
      return nesterov(optimiser.momentum, time.learning_rate, of);
    case OptimiserKind::kAdam:
      return adam(optimiser, time, of);
    case OptimiserKind::kAdamW:
      return adamw(optimiser, time, of);
  }
}

template <typename Action>
void for_each_array(LayerGradients& gradients, const Action& action) {
  action(gradients.weights);
  action(gradients.biases);
  for (std::vector<double>& values : gradients.activation_parameters) action(values);
}

}  // namespace

void clip(double clip_norm, std::span<LayerGradients> layers) {
  double squares = 0;
  for (LayerGradients& layer : layers) {
    for_each_array(layer, [&](const std::vector<double>& values) {
      for (const double g : values) squares += g * g;
    });
  }
  const double factor = clip_norm / (std::sqrt(squares) + 1e-6);
  if (!(factor < 1)) return;
  for (LayerGradients& layer : layers) {
    for_each_array(layer, [&](std::vector<double>& values) {
      for (double& g : values) g *= factor;
    });
  }
}

void apply(const OptimiserSettings& optimiser, const StepTime& time,
           const LayerGradients& gradients, ReferenceLayer& layer) {
  step(optimiser, time, {gradients.weights, layer.mask, optimiser.weight_decay, layer.weights});
  step(optimiser, time, {gradients.biases, {}, 0, layer.biases});
  for (std::size_t p = 0; p < layer.activation_parameters.size(); ++p) {
    step(optimiser, time,
         {gradients.activation_parameters[p], {}, 0, layer.activation_parameters[p]});
  }
}

}  // namespace regrow::reference

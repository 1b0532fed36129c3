#include "cpu/loss.h"

#include <cmath>

namespace regrow::cpu {
namespace {

std::size_t largest_of(Strided<const float> logits, std::size_t outputs) {
  std::size_t best = 0;
  for (std::size_t out = 1; out < outputs; ++out) {
    if (logits[out] > logits[best]) best = out;
  }
  return best;
}

template <typename Target>
double squared_error(Strided<const float> logits, std::size_t outputs, const Target& target,
                     const Strided<float>* gradient) {
  const auto count = static_cast<double>(outputs);
  double sum = 0;
  for (std::size_t out = 0; out < outputs; ++out) {
    const double error = double{logits[out]} - target(out);
    sum += error * error;
    if (gradient != nullptr) (*gradient)[out] = static_cast<float>(2 * error / count);
  }
  return sum / count;
}

}  // namespace

SampleLoss Loss::operator()(Strided<const float> logits, std::size_t outputs,
                            const Expected& expected, std::size_t position,
                            const Strided<float>* gradient) const {
  if (!expected.targets.empty()) {
    const float* const targets = expected.targets[position];
    const auto target = [targets](std::size_t out) { return double{targets[out]}; };
    return {squared_error(logits, outputs, target, gradient), false};
  }
  const std::uint16_t label = expected.labels[position];
  const std::size_t largest = largest_of(logits, outputs);
  if (settings_.kind == LossKind::kMse) {
    const auto target = [label](std::size_t out) { return out == label ? 1.0 : 0.0; };
    return {squared_error(logits, outputs, target, gradient), largest == label};
  }
  return {cross_entropy(logits, outputs, largest, label, gradient), largest == label};
}

double Loss::cross_entropy(Strided<const float> logits, std::size_t outputs, std::size_t largest,
                           std::uint16_t label, const Strided<float>* gradient) const {
  const double maximum = logits[largest];
  double sum = 0;
  for (std::size_t out = 0; out < outputs; ++out) sum += std::exp(logits[out] - maximum);
  const double loss = std::log(sum) + maximum - logits[label];
  if (gradient == nullptr) return loss;

  const double smoothing = settings_.label_smoothing;
  const double each = smoothing / static_cast<double>(outputs);
  const double weight = weights_.empty() ? 1.0 : double{weights_[label]};
  double total = 0;  // of the logits, less the label's
  for (std::size_t out = 0; out < outputs; ++out) {
    const double probability = std::exp(logits[out] - maximum) / sum;
    const double target = out == label ? 1 - smoothing + each : each;
    (*gradient)[out] = static_cast<float>(weight * (probability - target));
    total += double{logits[out]} - logits[label];
  }
  // Σ t_c·z_c is z_label + each·total. A logit that is infinite must not meet a factor of 0.
  return weight * (smoothing > 0 ? loss - each * total : loss);
}

}  // namespace regrow::cpu

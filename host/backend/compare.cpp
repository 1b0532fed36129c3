// Bounds, each with its reason, and messages that name the place.
#include "backend/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "regrow/error.h"

namespace regrow {

namespace {

struct Bounds {
  // Of a gradient, against the largest of its layer.
  double relative;
  // Where a pre-activation lies within rounding of 0, LeakyReLU takes the other slope for one
  // sample of one neuron, and the gradients of that neuron's connections move by a share of a
  // batch: one value in `kink_share` may differ by this much of its layer's largest.
  double relative_at_kink;
  std::size_t kink_share;
  // Of a logit, against the largest.
  double logit;
  // Of one sample's loss, around 1.
  double loss_of_sample;
  // Hits of a training step, whose logits are not seen: near ties of the two largest logits, which
  // happen as often as rounding meets their gap.
  std::uint64_t hit_share;
};

// A gradient is a sum of a few thousand float products of mixed sign: its error stays well below
// 1e-4 (lc0 compares its back ends with the same number). About one step in ten of the paper's
// network (900,000 activations) has a kink. A loss has some float roundings of logits, exp and log.
constexpr Bounds kFloat32Bounds = {1e-4, 5e-2, 100, 1e-4, 1e-5, 100};
// An activation or gradient stored in bf16 is off by up to 2^-9 of itself, and what is computed
// from many of them by about as much. One activation in a hundred meets a kink, so each neuron of a
// batch of 100 has one: on a 768-400-100-400-10 network 95 of 100 gradients were off by at most 1 %
// of their layer's largest, the worst by 12 %; logits by 0.4 %, a mean loss by 6e-4.
constexpr Bounds kBfloat16Bounds = {5e-2, 2.5e-1, 20, 2e-2, 5e-3, 10};

const Bounds& bounds_of(const Comparison& comparison) {
  return comparison.bfloat16 ? kBfloat16Bounds : kFloat32Bounds;
}

// One float rounding of w + v and two of slack.
constexpr double kRounding = 0x1p-22;
// Where terms near 1 cancel to nothing, a float sum keeps an error of 2^-24; a usual learning rate
// of 0.01 brings it to this.
constexpr double kAbsolute = 1e-9;

[[noreturn]] void fail(const Comparison& comparison, const std::string& what, double a, double b,
                       double bound) {
  throw Error(fmt::format("check: {}: {}: {} has {:.9g}, {} has {:.9g}, more than {:.3g} apart",
                          comparison.place, what, comparison.a_name, a, comparison.b_name, b,
                          bound));
}

// Where a run diverges, two precisions overflow at different steps. That is no defect: the trainer
// reports what is not finite in A.
bool agree(double a, double b, double bound) {
  return !std::isfinite(a) || a == b || std::abs(a - b) <= bound;
}

double largest(std::span<const double> values) {
  double result = 0;
  for (const double value : values) {
    if (std::isfinite(value)) result = std::max(result, std::abs(value));
  }
  return result;
}

// One array of one layer, in the words of an error message.
struct Field {
  const char* name = "";
  std::size_t layer = 0;
  const LayerState* cells_of = nullptr;  // none: a value per output neuron

  std::string describe(std::size_t k) const {
    if (cells_of == nullptr) return fmt::format("layer {}, {} of neuron {}", layer, name, k);
    const std::uint64_t cell = cells_of->kind == LayerKind::kSparse ? cells_of->cells[k] : k;
    return fmt::format("layer {}, {} of cell {} (out {}, in {})", layer, name, cell,
                       cell / cells_of->inputs, cell % cells_of->inputs);
  }
};

// `step_size`: the largest velocity, which is what the step's arithmetic has an error in.
void compare_values(const Comparison& comparison, const Field& field, std::span<const double> a,
                    std::span<const double> b, double step_size) {
  const double rounding = kRounding * largest(b) + kAbsolute;
  const Bounds& bounds = bounds_of(comparison);
  std::size_t may_be_kinks = a.size() / bounds.kink_share;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const double bound = rounding + bounds.relative * step_size;
    if (agree(a[k], b[k], bound)) continue;
    if (may_be_kinks > 0 && agree(a[k], b[k], rounding + bounds.relative_at_kink * step_size)) {
      --may_be_kinks;
      continue;
    }
    fail(comparison, field.describe(k), a[k], b[k], bound);
  }
}

void compare_exactly(const Comparison& comparison, const Field& field, std::span<const double> a,
                     std::span<const double> b) {
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (!agree(a[k], b[k], 0)) fail(comparison, field.describe(k), a[k], b[k], 0);
  }
}

void compare_topology(const Comparison& comparison, std::size_t layer, const LayerState& a,
                      const LayerState& b) {
  const auto [in_a, in_b] =
      std::mismatch(a.cells.begin(), a.cells.end(), b.cells.begin(), b.cells.end());
  if (in_a == a.cells.end() && in_b == b.cells.end()) return;
  const bool only_a = in_b == b.cells.end() || (in_a != a.cells.end() && *in_a < *in_b);
  const std::uint64_t cell = only_a ? *in_a : *in_b;
  throw Error(fmt::format(
      "check: {}: layer {}: cell {} (out {}, in {}) is a connection of {} but not of {}",
      comparison.place, layer, cell, cell / a.inputs, cell % a.inputs,
      only_a ? comparison.a_name : comparison.b_name,
      only_a ? comparison.b_name : comparison.a_name));
}

std::size_t argmax(std::span<const float> values) {
  return static_cast<std::size_t>(std::max_element(values.begin(), values.end()) - values.begin());
}

// How far the largest value is above the next.
double lead(std::span<const float> values) {
  std::vector<float> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return values.size() < 2 ? 0 : double{sorted.back()} - double{sorted[sorted.size() - 2]};
}

void compare_hits(const Comparison& comparison, const LossSums& a, const LossSums& b,
                  std::uint64_t near_ties) {
  if (!std::isfinite(a.loss) && a.samples == b.samples) return;
  const std::uint64_t difference = a.hits > b.hits ? a.hits - b.hits : b.hits - a.hits;
  if (difference <= near_ties && a.samples == b.samples) return;
  throw Error(fmt::format("check: {}: {} has {} hits of {} samples, {} has {} of {}",
                          comparison.place, comparison.a_name, a.hits, a.samples, comparison.b_name,
                          b.hits, b.samples));
}

void compare_loss(const Comparison& comparison, const LossSums& a, const LossSums& b) {
  const Bounds& bounds = bounds_of(comparison);
  const double bound =
      bounds.loss_of_sample * static_cast<double>(b.samples) + bounds.logit * std::abs(b.loss);
  if (!agree(a.loss, b.loss, bound)) fail(comparison, "sum of losses", a.loss, b.loss, bound);
}

}  // namespace

void compare_trained(const Comparison& comparison, const NetworkState& a, const NetworkState& b) {
  for (std::size_t l = 0; l < b.layers.size(); ++l) {
    const LayerState& x = a.layers[l];
    const LayerState& y = b.layers[l];
    compare_topology(comparison, l, x, y);
    const double step = largest(y.momentum);
    const double bias_step = largest(y.bias_momentum);
    compare_values(comparison, {"momentum", l, &y}, x.momentum, y.momentum, step);
    compare_values(comparison, {"weight", l, &y}, x.weights, y.weights, step);
    compare_values(comparison, {"bias momentum", l}, x.bias_momentum, y.bias_momentum, bias_step);
    compare_values(comparison, {"bias", l}, x.biases, y.biases, bias_step);
  }
}

void compare_evolved(const Comparison& comparison, const NetworkState& a, const NetworkState& b) {
  for (std::size_t l = 0; l < b.layers.size(); ++l) {
    const LayerState& x = a.layers[l];
    const LayerState& y = b.layers[l];
    compare_topology(comparison, l, x, y);
    compare_exactly(comparison, {"momentum", l, &y}, x.momentum, y.momentum);
    compare_exactly(comparison, {"weight", l, &y}, x.weights, y.weights);
    compare_exactly(comparison, {"bias momentum", l}, x.bias_momentum, y.bias_momentum);
    compare_exactly(comparison, {"bias", l}, x.biases, y.biases);
  }
}

void compare_sums(const Comparison& comparison, const LossSums& a, const LossSums& b) {
  compare_loss(comparison, a, b);
  compare_hits(comparison, a, b, 1 + b.samples / bounds_of(comparison).hit_share);
}

void compare_evaluations(const Comparison& comparison, const LossSums& a, const LossSums& b,
                         std::span<const float> a_logits, std::span<const float> b_logits,
                         std::size_t classes) {
  compare_loss(comparison, a, b);
  double scale = 0;
  for (const float logit : b_logits) {
    if (std::isfinite(logit)) scale = std::max(scale, double{std::abs(logit)});
  }
  const double bound = bounds_of(comparison).logit * scale + kAbsolute;
  std::uint64_t near_ties = 0;
  for (std::size_t first = 0; first < b_logits.size(); first += classes) {
    const std::span<const float> x = a_logits.subspan(first, classes);
    const std::span<const float> y = b_logits.subspan(first, classes);
    for (std::size_t c = 0; c < classes; ++c) {
      if (agree(x[c], y[c], bound)) continue;
      fail(comparison, fmt::format("logit of sample {}, class {}", first / classes, c), x[c], y[c],
           bound);
    }
    // Logits this close may rank either way.
    near_ties += argmax(x) != argmax(y) && lead(y) <= 2 * bound ? 1 : 0;
  }
  compare_hits(comparison, a, b, near_ties);
}

}  // namespace regrow

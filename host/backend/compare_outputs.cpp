#include "backend/compare_outputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "regrow/error.h"

namespace regrow {

namespace {

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

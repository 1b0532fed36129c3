// Bounds, each with its reason. The formulas stand here once more, as in no back end: backwards,
// from the slots to the gradient and to the value.
#include "backend/compare_steps.h"

#include <fmt/format.h>

#include <cmath>
#include <span>
#include <vector>

#include "regrow/error.h"

namespace regrow {

namespace {

bool has_moments(const TrainedStep& step) { return slot_count(step.optimiser.kind) == 2; }

// g, of which m' = β₁m + (1 − β₁)g has been made.
double gradient_of(const TrainedStep& step, const Parameter& before, const Parameter& after,
                   std::size_t k) {
  const double beta = step.optimiser.beta1;
  return (after.slots[0][k] - beta * before.slots[0][k]) / (1 - beta);
}

// `bound`: of value k, given how far a gradient may be off in relation to the largest.
template <typename Bound>
void compare_slot(const Comparison& comparison, const Field& field, std::span<const double> a,
                  std::span<const double> b, const Bound& bound) {
  const Bounds& bounds = bounds_of(comparison);
  std::size_t may_be_kinks = a.size() / bounds.kink_share;
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (agree(a[k], b[k], bound(k, bounds.relative))) continue;
    if (may_be_kinks > 0 && agree(a[k], b[k], bound(k, bounds.relative_at_kink))) {
      --may_be_kinks;
      continue;
    }
    fail(comparison, field.describe(k), a[k], b[k], bound(k, bounds.relative));
  }
}

void compare_velocities(const Comparison& comparison, const Field& field,
                        const SteppedParameter& of) {
  const double rounding = kRounding * largest(of.b.slots[0]) + kAbsolute;
  compare_slot(comparison, field.of_slot(0, 1), of.a.slots[0], of.b.slots[0],
               [&](std::size_t, double relative) { return rounding + relative * of.scale; });
}

void compare_moments(const Comparison& comparison, const TrainedStep& step, const Field& field,
                     const SteppedParameter& of) {
  const std::vector<double>& m = of.b.slots[0];
  const std::vector<double>& s = of.b.slots[1];
  const double share = 1 - step.optimiser.beta1;
  const double rounding = kRounding * largest(m);
  const auto off = [&](double relative) { return relative * of.scale + kAbsoluteOfGradient; };
  compare_slot(comparison, field.of_slot(0, 2), of.a.slots[0], m,
               [&](std::size_t, double relative) { return rounding + share * off(relative); });
  // (g + d)² − g² = 2gd + d², where g is known but for the rounding of m.
  compare_slot(comparison, field.of_slot(1, 2), of.a.slots[1], s,
               [&](std::size_t k, double relative) {
                 const double g = std::abs(gradient_of(step, of.before, of.b, k));
                 const double d = off(relative) + rounding / share;
                 return kRounding * s[k] + (1 - step.optimiser.beta2) * (2 * g + d) * d;
               });
}

struct Explained {
  double value = 0;
  double magnitude = 0;  // of the terms that it is a sum of, as often as they are rounded
};

Explained explained_value(const TrainedStep& step, bool decays, const Parameter& before,
                          const Parameter& after, std::size_t k) {
  const OptimiserSettings& optimiser = step.optimiser;
  const double w = before.values[k];
  const double first = after.slots[0][k];
  if (optimiser.kind == OptimiserKind::kSgd) return {w + first, std::abs(w) + std::abs(first)};
  if (optimiser.kind == OptimiserKind::kNesterov) {
    const double kept = optimiser.momentum * before.slots[0][k];  // so −ηg is first − kept
    return {w + optimiser.momentum * first + (first - kept),
            std::abs(w) + 2 * std::abs(first) + std::abs(kept)};
  }
  const auto t = static_cast<double>(step.t);
  const double mean = first / (1 - std::pow(optimiser.beta1, t));
  const double variance = after.slots[1][k] / (1 - std::pow(optimiser.beta2, t));
  const double change = step.learning_rate * mean / (std::sqrt(variance) + optimiser.epsilon);
  const bool is_decoupled = optimiser.kind == OptimiserKind::kAdamW && decays;
  const double decay = is_decoupled ? step.learning_rate * optimiser.weight_decay * w : 0;
  // The change has seven roundings of its own: two corrections, a root, a sum, a quotient, two
  // products.
  return {w - decay - change, std::abs(w) + std::abs(decay) + 2 * std::abs(change)};
}

// `name`: whose the values are.
void compare_values(const Comparison& comparison, const std::string& name, const TrainedStep& step,
                    const Field& field, const SteppedParameter& of, const Parameter& after) {
  for (std::size_t k = 0; k < after.size(); ++k) {
    const Explained explained = explained_value(step, of.decays, of.before, after, k);
    const double bound = kRounding * explained.magnitude + kAbsolute;
    // What overflows is not finite in its slots or in A's value, and A's is let pass.
    if (agree(explained.value, after.values[k], bound)) continue;
    if (!std::isfinite(of.a.values[k])) continue;
    throw Error(fmt::format(
        "check: {}: {}: {} has {:.9g}, but its slots make {:.9g}, more than {:.3g} apart",
        comparison.place, field.describe(k), name, after.values[k], explained.value, bound));
  }
}

}  // namespace

std::string Field::describe(std::size_t k) const {
  if (cells_of == nullptr) return fmt::format("layer {}, {} of neuron {}", layer, name, k);
  const std::uint64_t cell = cells_of->kind == LayerKind::kSparse ? cells_of->cells[k] : k;
  return fmt::format("layer {}, {} of cell {} (out {}, in {})", layer, name, cell,
                     cell / cells_of->inputs, cell % cells_of->inputs);
}

Field Field::of_slot(std::size_t slot, std::size_t slots) const {
  const auto kind = slots == 2 ? OptimiserKind::kAdam : OptimiserKind::kSgd;
  const std::string slot_name = slot_names(kind)[slot];
  return {cells_of != nullptr ? slot_name : name + " " + slot_name, layer, cells_of};
}

double step_scale(const TrainedStep& step, const Parameter& before, const Parameter& after) {
  if (!has_moments(step)) return largest(after.slots[0]);
  std::vector<double> gradients;
  for (std::size_t k = 0; k < after.size(); ++k) {
    gradients.push_back(gradient_of(step, before, after, k));
  }
  return largest(gradients);
}

void compare_stepped(const Comparison& comparison, const TrainedStep& step, const Field& field,
                     const SteppedParameter& of) {
  if (has_moments(step)) {
    compare_moments(comparison, step, field, of);
  } else {
    compare_velocities(comparison, field, of);
  }
  compare_values(comparison, comparison.a_name, step, field, of, of.a);
  compare_values(comparison, comparison.b_name, step, field, of, of.b);
}

}  // namespace regrow

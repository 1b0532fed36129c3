// Optimisers: what each keeps of a parameter, and one formula each, for host and device.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "regrow/philox.h"
#include "regrow/step/number.h"

namespace regrow {

enum class OptimiserKind : std::uint8_t { kSgd, kNesterov, kAdam, kAdamW };

/// An optimiser and its constants.
struct OptimiserSettings {
  OptimiserKind kind = OptimiserKind::kSgd;
  double momentum = 0.9;    // μ of sgd and nesterov
  double beta1 = 0.9;       // β₁ of adam and adamw: of the mean of gradients
  double beta2 = 0.999;     // β₂: of the mean of their squares
  double epsilon = 1e-8;    // ε of adam and adamw, added to the root of that mean
  double weight_decay = 0;  // λ, of weights alone: not of biases, nor of an activation's parameters
  // The slots are set to 0 at each epoch's start, so that Adam's t counts an epoch's steps.
  bool restarts_each_epoch = false;

  bool operator==(const OptimiserSettings&) const = default;
};

/// Most arrays that an optimiser keeps beside a parameter.
inline constexpr std::size_t kMostSlots = 2;

/// The names of an optimiser's slots, as checkpoints have them.
inline std::span<const char* const> slot_names(OptimiserKind kind) {
  static constexpr const char* kMomentum[] = {"momentum"};
  static constexpr const char* kMoments[] = {"first_moment", "second_moment"};
  const bool has_moments = kind == OptimiserKind::kAdam || kind == OptimiserKind::kAdamW;
  return has_moments ? std::span<const char* const>(kMoments)
                     : std::span<const char* const>(kMomentum);
}
inline std::size_t slot_count(OptimiserKind kind) { return slot_names(kind).size(); }

/// How a step updates. kFused: within the backward pass, where no gradient outlives the connection
/// that it is of. kGradients: all gradients are kept, in the support's own order, and applied
/// afterwards; the inputs and output gradients of every layer stay until then.
enum class UpdateMode : std::uint8_t { kFused, kGradients };

/// clip_norm: 0 where gradients are not clipped.
inline UpdateMode update_mode(const OptimiserSettings& optimiser, double clip_norm) {
  const bool is_fused = optimiser.kind == OptimiserKind::kSgd && clip_norm == 0;
  return is_fused ? UpdateMode::kFused : UpdateMode::kGradients;
}

namespace step {

/// What changes from step to step. `first_correction` is 1/(1 − β₁^t) and `second_correction`
/// 1/√(1 − β₂^t); both are 1 but for adam and adamw.
struct StepRates {
  float learning_rate = 0;
  float first_correction = 1;
  float second_correction = 1;
};

/// t: the number of steps, this one included, since the slots were 0. In doubles, so that every
/// device that rounds them to float has the same.
inline StepRates step_rates(const OptimiserSettings& optimiser, float learning_rate,
                            std::uint64_t t) {
  if (slot_count(optimiser.kind) != 2) return {learning_rate, 1, 1};
  const auto steps = static_cast<double>(t);
  return {learning_rate, static_cast<float>(1 / (1 - std::pow(optimiser.beta1, steps))),
          static_cast<float>(1 / std::sqrt(1 - std::pow(optimiser.beta2, steps)))};
}

/// The steps since the slots were 0, `step` included, which counts from 0 over the run.
inline std::uint64_t steps_since_reset(const OptimiserSettings& optimiser, std::uint64_t step,
                                       std::uint32_t steps_per_epoch) {
  return (optimiser.restarts_each_epoch ? step % steps_per_epoch : step) + 1;
}

/// An optimiser's constants in the precision that a back end computes in.
template <typename Real>
struct Coefficients {
  OptimiserKind kind = OptimiserKind::kSgd;
  Real momentum = 0;  // μ, or β₁
  Real beta2 = 0;
  // 1 − β₁ and 1 − β₂: a difference of floats would be off by more than a float's rounding.
  Real mean_share = 0;
  Real square_share = 0;
  Real epsilon = 0;
  Real weight_decay = 0;
};

/// `decays`: of weights; false of biases and of an activation's parameters.
template <typename Real>
Coefficients<Real> coefficients(const OptimiserSettings& optimiser, bool decays) {
  const bool has_moments = slot_count(optimiser.kind) == 2;
  return {optimiser.kind,
          static_cast<Real>(has_moments ? optimiser.beta1 : optimiser.momentum),
          static_cast<Real>(optimiser.beta2),
          static_cast<Real>(1 - optimiser.beta1),
          static_cast<Real>(1 - optimiser.beta2),
          static_cast<Real>(optimiser.epsilon),
          static_cast<Real>(decays ? optimiser.weight_decay : 0)};
}

/// A value and its slots, of which sgd and nesterov have the first alone.
template <typename Number>
struct Trained {
  Number value;
  Number slots[kMostSlots];
};

#include "regrow/step/optimiser-inl.h"

/// What clipping multiplies all gradients by, given the square of their norm (of all parameters
/// together, as means over the batch): min(1, clip_norm/(norm + 1e-6)), PyTorch's clip_grad_norm_.
REGROW_HD inline double clip_factor(double clip_norm, double squared_norm) {
  const double factor = clip_norm / (sqrt(squared_norm) + 1e-6);
  return factor < 1 ? factor : 1;
}

}  // namespace step
}  // namespace regrow

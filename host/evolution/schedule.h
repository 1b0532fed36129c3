// When evolutions are due, and how ζ and the density change over training.
#pragma once

#include <cstdint>

#include "regrow/evolution/evolution_config.h"

namespace regrow {

/// How long a run trains.
struct TrainingSpan {
  std::uint32_t steps_per_epoch = 1;
  std::int64_t epochs = 1;
};

/// T_end, in steps: where schedules reach their last value and from where on nothing evolves. A
/// whole number where evolve_until, read as a decimal, makes it one.
double schedule_end(const EvolutionConfig& config, const TrainingSpan& span);

/// True where an evolution is due after `steps` steps of the run: at whole intervals, before T_end,
/// of a method that evolves.
bool is_evolution_due(const EvolutionConfig& config, const TrainingSpan& span, std::uint64_t steps);

/// Steps from `steps` to the next whole interval, whether an evolution is due there or not; at
/// least 1.
std::uint64_t steps_to_interval(const EvolutionConfig& config, const TrainingSpan& span,
                                std::uint64_t steps);

/// The steps after which the last evolution is due: the greatest whole interval below T_end. 0
/// where none is.
std::uint64_t last_evolution(const EvolutionConfig& config, const TrainingSpan& span);

/// The progress x of ζ after `steps` steps: steps/T_end, at most 1.
double schedule_progress(const EvolutionConfig& config, const TrainingSpan& span,
                         std::uint64_t steps);

/// The progress x of the density: steps/last_evolution(), at most 1, so that the last evolution
/// leaves the density that the curve ends with.
double density_progress(const EvolutionConfig& config, const TrainingSpan& span,
                        std::uint64_t steps);

/// A curve's value at progress x in [0, 1], from v₀ = `first` to v₁ = `last`. kConstant: v₀;
/// kLinear: v₀ + (v₁ − v₀)x; kCosine: v₁ + (v₀ − v₁)(1 + cos πx)/2 (RigL's f_t where v₁ = 0);
/// kExponential: v₀(v₁/v₀)^x; kCubic: v₁ + (v₀ − v₁)(1 − x)³ (Zhu and Gupta 2017).
double curve_value(Curve curve, double first, double last, double progress);

/// ζ in millionths, rounded to the nearest.
std::uint32_t zeta_at(const EvolutionConfig& config, double progress);

/// The density wanted of all sparse layers together, which started with `first`.
double density_at(const EvolutionConfig& config, double first, double progress);

}  // namespace regrow

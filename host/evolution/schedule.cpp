#include "evolution/schedule.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "regrow/error.h"
#include "regrow/evolution/method.h"

namespace regrow {
namespace {

std::uint64_t interval_steps(const EvolutionConfig& config, const TrainingSpan& span) {
  const EvolutionInterval& every = config.evolve_every;
  REGROW_CHECK(every.steps > 0 || every.epochs > 0, "an interval of at least a step");
  return every.steps > 0 ? static_cast<std::uint64_t>(every.steps)
                         : static_cast<std::uint64_t>(every.epochs) * span.steps_per_epoch;
}

}  // namespace

double schedule_end(const EvolutionConfig& config, const TrainingSpan& span) {
  const std::int64_t epochs = config.evolution_epochs > 0 ? config.evolution_epochs : span.epochs;
  const double end = config.evolve_until * static_cast<double>(epochs) * span.steps_per_epoch;
  // A share as people write it is a decimal, and the product of 0.07 and 100 is slightly above 7:
  // an evolution would take place at T_end itself.
  const double whole = std::round(end);
  const double rounding = 4 * std::numeric_limits<double>::epsilon() * whole;
  return std::abs(end - whole) <= rounding ? whole : end;
}

bool is_evolution_due(const EvolutionConfig& config, const TrainingSpan& span,
                      std::uint64_t steps) {
  return method_row(config.method).evolves && steps > 0 &&
         steps % interval_steps(config, span) == 0 &&
         static_cast<double>(steps) < schedule_end(config, span);
}

std::uint64_t steps_to_interval(const EvolutionConfig& config, const TrainingSpan& span,
                                std::uint64_t steps) {
  const std::uint64_t interval = interval_steps(config, span);
  return interval - steps % interval;
}

double schedule_progress(const EvolutionConfig& config, const TrainingSpan& span,
                         std::uint64_t steps) {
  return std::min(1.0, static_cast<double>(steps) / schedule_end(config, span));
}

std::uint64_t last_evolution(const EvolutionConfig& config, const TrainingSpan& span) {
  const std::uint64_t interval = interval_steps(config, span);
  const auto before_end = static_cast<std::uint64_t>(std::ceil(schedule_end(config, span))) - 1;
  return before_end - before_end % interval;
}

double density_progress(const EvolutionConfig& config, const TrainingSpan& span,
                        std::uint64_t steps) {
  const std::uint64_t last = last_evolution(config, span);
  return steps >= last ? 1 : static_cast<double>(steps) / static_cast<double>(last);
}

double curve_value(Curve curve, double first, double last, double progress) {
  switch (curve) {
    case Curve::kConstant:
      return first;
    case Curve::kLinear:
      return first + (last - first) * progress;
    case Curve::kCosine:
      return last + (first - last) * (1 + std::cos(std::numbers::pi * progress)) / 2;
    case Curve::kExponential:
      return first * std::pow(last / first, progress);
    case Curve::kCubic: {
      const double left = 1 - progress;
      return last + (first - last) * left * left * left;
    }
  }
  REGROW_CHECK(false, "a curve without a formula");
}

std::uint32_t zeta_at(const EvolutionConfig& config, double progress) {
  const auto first = static_cast<double>(config.zeta_millionths);
  const auto last = static_cast<double>(config.final_zeta_millionths);
  return static_cast<std::uint32_t>(
      std::llround(curve_value(config.zeta_schedule, first, last, progress)));
}

double density_at(const EvolutionConfig& config, double first, double progress) {
  return curve_value(config.density_schedule, first, config.final_density, progress);
}

}  // namespace regrow

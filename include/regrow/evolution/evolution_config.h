// The settings of an evolution: section [evolution] of a configuration.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regrow/evolution/candidates.h"
#include "regrow/evolution/growth_rule.h"
#include "regrow/evolution/measure.h"

namespace regrow {

enum class Method : std::uint8_t { kStatic, kSet, kAccSet, kLset, kDynSet, kRigl, kGse, kDense };

/// Key and groups of a drop. kPerSign: |w|, of each sign of a layer by itself (SET's code);
/// kMagnitude: |w| within a layer; kGlobalMagnitude: |w| over all sparse layers together.
enum class DropRule : std::uint8_t { kPerSign, kMagnitude, kGlobalMagnitude };

enum class GrowDelta : std::uint8_t { kInitial, kRemoved };
enum class GrowValue : std::uint8_t { kZero, kFresh };

/// How a quantity goes from its first value v₀ to its last v₁ while the progress x goes from 0
/// to 1.
enum class Curve : std::uint8_t { kConstant, kLinear, kCosine, kExponential, kCubic };

/// After how much training an evolution is due: after so many epochs, or so many steps.
struct EvolutionInterval {
  std::int64_t epochs = 1;
  std::int64_t steps = 0;  // above 0: counted in steps, and `epochs` is 0

  bool operator==(const EvolutionInterval&) const = default;
};

/// L_0, which a loss is relative to.
struct InitialLoss {
  enum class Kind : std::uint8_t { kFirst, kLnClasses, kValue };
  Kind kind = Kind::kFirst;
  double value = 0;  // in nats, above 0; of kValue

  bool operator==(const InitialLoss&) const = default;
};

struct EvolutionConfig {
  Method method = Method::kSet;

  // Schedule. T_end is evolve_until of all training, or of its first evolution_epochs epochs.
  EvolutionInterval evolve_every;
  double evolve_until = 1;            // in (0, 1]: no evolution from T_end on
  std::int64_t evolution_epochs = 0;  // 0: all epochs

  // Drop.
  DropRule drop = DropRule::kPerSign;
  std::int64_t zeta_millionths = 300000;  // ζ, a decimal of at most six digits, exactly
  Curve zeta_schedule = Curve::kConstant;
  std::int64_t final_zeta_millionths = 0;  // ζ at T_end, where zeta_schedule is not constant
  std::int64_t grace = 0;                  // evolutions that a grown connection is safe for

  // Amount.
  Measure measure = Measure::kAuto;
  GrowDelta delta = GrowDelta::kInitial;
  double k = 0;  // shape of S(x, k), in (−1, 1)
  double theta_scale = 1;
  double theta_max = 1;
  InitialLoss initial_loss;
  Curve density_schedule = Curve::kConstant;
  double final_density = 0;  // share of the sparse layers' cells from the last evolution on

  // Growth source.
  GrowthRule grow = {"random", {}};
  TieRule grow_tie = TieRule::kRandom;
  Neighbourhood neighbourhood = Neighbourhood::kMoore8;
  GrowValue grow_value = GrowValue::kZero;
  bool regrow_dropped = true;
  CandidateLaw candidates = CandidateLaw::kAll;  // where `grow` is by gradient
  double candidate_ratio = 1;  // cells drawn of a layer, over its connections; above 0

  // Pause. kAuto: the measure for dynset, none otherwise.
  Measure pause = Measure::kAuto;
  std::int64_t pause_gap = 3;
  std::int64_t pause_min_history = 5;

  bool operator==(const EvolutionConfig&) const = default;
};

}  // namespace regrow

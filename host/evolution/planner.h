// What an evolution does, decided in one place: pure functions of settings, measures and history.
// The trainer, the bench and the tests plan by it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "evolution/magnitude_search.h"
#include "evolution/schedule.h"
#include "regrow/evolution/evolution_config.h"
#include "regrow/evolution/evolution_state.h"
#include "regrow/evolution/history.h"
#include "regrow/evolution/measures.h"
#include "regrow/evolution/plan.h"
#include "regrow/network_state.h"

namespace regrow {

/// A layer as an evolution is planned for it.
struct PlannedLayer {
  LayerKind kind = LayerKind::kSparse;  // one that is dense has no evolution
  std::uint64_t cells = 0;
  std::uint64_t budget = 0;  // γ, the number of connections that it started with
};
std::vector<PlannedLayer> planned_layers(const NetworkState& network);

/// What stays as it is during a run.
struct PlannerSettings {
  EvolutionConfig config;  // resolved
  std::uint64_t seed = 0;
  TrainingSpan span;
  InputImage image;
  std::uint32_t classes = 0;
  WeightInit weight_init = WeightInit::kGlorotDense;  // of grown weights, where they are drawn
  bool keeps_slots = false;                           // of a cell dropped and grown at once
  std::vector<PlannedLayer> layers;                   // the output layer included
};

/// Where in a run an evolution takes place.
struct EvolutionPoint {
  std::uint32_t epoch = 0;  // that runs, or has just been recorded
  std::uint64_t step = 0;   // steps of the run done so far
  bool is_within_epoch = false;

  EvolutionTime time() const {
    return {is_within_epoch ? static_cast<std::uint32_t>(step) : epoch, is_within_epoch};
  }
};

/// What is decided before anything is measured.
struct EvolutionDecision {
  EvolutionPoint point;
  bool is_paused = false;
  double theta = 1;
  std::uint32_t zeta_millionths = 0;
  double density = 0;                  // wanted of all sparse layers together
  std::vector<std::uint64_t> targets;  // connections wanted of each layer; 0 where dense
};

class EvolutionPlanner {
 public:
  explicit EvolutionPlanner(PlannerSettings settings);

  const EvolutionConfig& config() const { return settings_.config; }
  const TrainingSpan& span() const { return settings_.span; }
  bool is_due(std::uint64_t steps) const;
  /// True where an evolution takes the place of the step that follows those done, whose gradients
  /// decide what grows; it is one within the epoch of that step.
  bool replaces_steps() const { return settings_.config.grow.by_gradient; }
  std::uint64_t steps_to_interval(std::uint64_t steps) const;

  EvolutionDecision decide(const EvolutionPoint& point, const History& history) const;

  /// What must be measured before plan(), besides magnitudes.
  MeasureRequest request(const EvolutionPoint& point, const EvolutionState& state) const;
  /// Of a drop over all layers together: the search whose answer plan() needs. `measures`: as
  /// request() asked; key_bits: 31 where the weights are floats, 63 where they are doubles.
  std::optional<MagnitudeSearch> search(const EvolutionDecision& decision,
                                        std::span<const LayerMeasures> measures,
                                        std::uint32_t key_bits) const;

  /// The plan of a decision that is not paused. `smallest`: chosen() of search(), where there is
  /// one. Throws std::logic_error where sizes differ.
  EvolutionPlan plan(const EvolutionDecision& decision, std::span<const LayerMeasures> measures,
                     std::span<const std::uint64_t> smallest, const EvolutionState& state) const;

 private:
  std::uint64_t surplus(std::uint64_t connections, std::uint64_t target) const;
  LayerDrop plan_drop(const EvolutionDecision& decision, std::size_t layer,
                      const LayerMeasures& measures, std::span<const std::uint64_t> smallest) const;
  void plan_growth(const EvolutionDecision& decision, std::span<const LayerMeasures> measures,
                   EvolutionPlan& plan) const;

  PlannerSettings settings_;
  double first_density_ = 0;
};

}  // namespace regrow

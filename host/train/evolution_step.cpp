#include "train/evolution_step.h"

#include <cstdint>
#include <vector>

#include "evolution/young_connections.h"
#include "regrow/error.h"

namespace regrow {
namespace {

SignCounts signs_of(const WeightCounts& counts) {
  return {counts.negatives, counts.positives, counts.zeros};
}

std::vector<std::uint64_t> smallest_of_all(Backend& backend, MagnitudeSearch search,
                                           MeasureRequest request) {
  while (const auto digit = search.next()) {
    request.digit = digit;
    search.take(backend.measure(request));
  }
  return search.chosen();
}

std::uint32_t key_bits_of(const Backend& backend) {
  return backend.capabilities().precision == Precision::kFloat64 ? 63 : 31;
}

}  // namespace

EvolutionOutcome evolve(Backend& backend, const EvolutionPlanner& planner,
                        const EvolutionPoint& point, const History& history, EvolutionState& state,
                        std::vector<CellBitmap>* explored) {
  const EvolutionDecision decision = planner.decide(point, history);
  EvolutionOutcome outcome;
  EvolutionRecord& record = outcome.record;
  record.number = state.due++;
  record.epoch = point.epoch;
  record.step = point.step;
  record.is_within_epoch = point.is_within_epoch;
  record.is_paused = decision.is_paused;
  record.theta = decision.theta;
  record.zeta_millionths = decision.zeta_millionths;
  record.density = decision.density;
  if (decision.is_paused) return outcome;

  if (planner.replaces_steps()) {
    outcome.replaced_step = backend.differentiate({point.step, 1, planner.span().steps_per_epoch});
    record.replaces_step = true;
  }
  const MeasureRequest request = planner.request(point, state);
  const std::vector<LayerMeasures> measures = backend.measure(request);
  std::vector<std::uint64_t> smallest;
  if (auto search = planner.search(decision, measures, key_bits_of(backend))) {
    smallest = smallest_of_all(backend, *search, request);
  }
  const EvolutionPlan plan = planner.plan(decision, measures, smallest, state);
  const std::vector<EvolutionReport> reports = backend.evolve(plan);

  REGROW_CHECK(reports.size() == plan.layers.size(), "one report per layer");
  state.survival.resize(reports.size() - 1);
  for (std::size_t l = 0; l + 1 < reports.size(); ++l) {  // the output layer never evolves
    const EvolutionReport& report = reports[l];
    REGROW_CHECK(report.grown.grown == plan.layers[l].grow,
                 "a back end grew another number than planned");
    EvolvedLayer& layer = record.layers.emplace_back();
    layer.present = signs_of(measures[l].weights);
    layer.candidates = signs_of(measures[l].candidates);
    layer.dropped = {report.dropped.negatives, report.dropped.positives, report.dropped.zeros};
    layer.target = decision.targets[l];
    layer.grown = report.grown.grown;
    layer.filled = report.grown.filled;
    layer.scored = report.grown.scored;
    if (!state.newborns.empty()) {
      layer.newborns = state.newborns[l].size();
      layer.survived = surviving(state.newborns[l], report.dropped_cells);
    }
    state.survival[l].newborns += layer.newborns;
    state.survival[l].survived += layer.survived;
    if (explored != nullptr) explore((*explored)[l], report.grown_cells);
  }
  grow_older(state, reports, static_cast<std::uint64_t>(planner.config().grace));
  ++state.performed;
  return outcome;
}

}  // namespace regrow

// One device with a problem loaded, which it trains epoch by epoch as the trainer would, timed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "evolution/planner.h"
#include "regrow/backend.h"
#include "regrow/config.h"
#include "regrow/evolution/evolution_state.h"
#include "regrow/evolution/history.h"

namespace regrow::bench {

/// What of an epoch takes place after its steps.
enum class EpochEnd : std::uint8_t { kNothing, kEvolution, kAll };

/// Seconds by round.
struct Phases {
  std::vector<double> step;      // one step, of those after the epoch's first tenth
  std::vector<double> train;     // all steps of the epoch
  std::vector<double> evaluate;  // the signs of the weights, and the validation set
  std::vector<double> evolve;    // measures, drop, growth
  std::vector<double> epoch;     // all of these
};

class EpochRunner {
 public:
  /// config: resolved, of SET; it outlives the runner.
  EpochRunner(const Config& config, std::unique_ptr<Backend> backend,
              const std::shared_ptr<const Dataset>& dataset, const NetworkState& network,
              std::uint32_t steps);

  Capabilities capabilities() const { return backend_->capabilities(); }

  /// One epoch; its times go to `seconds`, if there is one. One that evolves without an evaluation
  /// is of a method that asks for no history, as SET is.
  void run(EpochEnd end, Phases* seconds);

 private:
  LossSums train(std::uint32_t first, std::uint32_t count);
  void evaluate(const LossSums& trained, Phases& times);
  void evolve(Phases& times);

  const Config& config_;
  std::unique_ptr<Backend> backend_;
  std::shared_ptr<const Dataset> dataset_;
  EvolutionPlanner planner_;
  History history_;
  EvolutionState evolution_;
  std::optional<LossSums> replaced_step_;  // the next epoch's first, if an evolution has taken it
  std::uint32_t steps_;
  std::uint32_t epoch_ = 0;
};

}  // namespace regrow::bench

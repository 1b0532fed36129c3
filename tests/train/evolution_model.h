// Evolutions computed a second time, on plain arrays over all cells in float64: what must drop, how
// many connections must grow, and which cells may, and how many live.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "regrow/config.h"
#include "regrow/evolution/evolution_record.h"
#include "support/recording_backend.h"

namespace regrow::tests {

/// A model of the evolutions of one run of SET: θ is 1 throughout.
class EvolutionModel {
 public:
  /// initial: the network that the run started with.
  EvolutionModel(const Config& config, const NetworkState& initial, std::uint32_t steps_per_epoch);

  /// The steps of the run after which evolutions are due, in order.
  std::vector<std::uint64_t> due_steps() const;

  /// Compares the next evolution, after `step` steps, and its record with what the model makes of
  /// the network before it; by gtest's expectations.
  void expect(std::uint64_t step, const Evolution& evolution, const EvolutionRecord& record);

 private:
  using CellSet = std::set<std::uint64_t>;

  double progress(std::uint64_t step) const;
  std::vector<std::uint64_t> targets(double density) const;
  std::vector<CellSet> dropped(const NetworkState& before, std::int64_t zeta,
                               const std::vector<std::uint64_t>& targets) const;
  void expect_growth(std::size_t layer, const Evolution& evolution, const CellSet& dropped,
                     std::uint64_t grown);
  void expect_best(std::size_t layer, const Evolution& evolution, const CellSet& eligible,
                   const CellSet& kept, const CellSet& newborn) const;
  void expect_survival(std::size_t layer, const CellSet& dropped, const EvolvedLayer& record) const;

  Config config_;
  double all_steps_;
  std::uint32_t steps_per_epoch_;
  std::vector<LayerState> layers_;                      // hidden, as they were at first
  std::vector<std::map<std::uint64_t, int>> safe_for_;  // by layer and cell: further evolutions
  std::vector<std::vector<CellSet>> grown_;             // by layer and evolution
};

}  // namespace regrow::tests

// The decisions of a method as pure functions. Formulas: Algorithms 1 and 2 of the thesis; the drop
// counts are those of the SET code it builds on.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "regrow/config.h"
#include "regrow/evolution.h"
#include "regrow/history.h"
#include "regrow/metrics.h"
#include "regrow/network_state.h"

namespace regrow {

/// Growth rules by name: random, one_neighbour, most_neighbours,
/// pixel_neighbour. Tests walk this table.
std::span<const GrowthRule> growth_rules();
/// Throws UsageError with the nearest right name.
const GrowthRule& growth_rule(const std::string& name);

/// How many weights a rule drops. kPerSign: N − ⌊(1−ζ)N⌋ negatives and, if P > 0,
/// min(P, ⌊ζP⌋+1) positives; kMagnitude: ⌊ζn⌋. All in integers. Zeros come on top (kPerSign).
LayerDrop drop_counts(DropRule rule, const WeightCounts& counts, std::uint32_t zeta_millionths);

/// S(x, k) = (x − x·k) / (k − 2k|x| + 1), x clamped to [−1, 1], k in (−1, 1).
double shaped(double x, double k);

/// The value of a measure in an epoch's record.
double measured(Measure measure, const EpochRecord& record);

/// θ of the epoch `history.last`; 1 for set. L_0 as configured, from history.first by default.
/// Throws std::logic_error for static and dense and for an empty history, and as initial_loss().
double regrowth_ratio(const Config& config, const History& history, std::uint32_t classes);

/// L_0: the normaliser of a loss measure, in nats. Throws UsageError where the setting is neither
/// `first`, `ln_classes` nor a number above 0; std::logic_error where `first` has no epoch yet.
double initial_loss(const Config& config, const History& history, std::uint32_t classes);

/// What the pause compares; nothing where there is none. Throws std::logic_error for `auto`.
std::optional<Measure> pause_measure(const Config& config);

/// True where that measure is worse in `history.last` than pause_gap epochs before and there are at
/// least pause_min_history epochs.
bool pauses(const Config& config, const History& history);

/// Connections to grow in a layer: clamp(⌈θ·max(0, delta)⌉, 0, free). Throws std::logic_error
/// unless θ is finite and at least 0.
std::uint64_t grow_count(double theta, std::uint64_t budget, const DropReport& dropped,
                         GrowDelta delta, std::uint64_t free_cells);

/// A layer as an evolution is planned for it: one that is dense has none.
struct PlannedLayer {
  LayerKind kind = LayerKind::kSparse;
  std::uint64_t cells = 0;
  std::uint64_t budget = 0;  // γ
};
std::vector<PlannedLayer> planned_layers(const NetworkState& network);

/// The two halves of an evolution; one entry per layer everywhere, the output layer included.
/// `theta`: regrowth_ratio(), `time`: the epoch. Throw std::logic_error where the sizes differ.
DropPlan plan_drop(const Config& config, std::span<const PlannedLayer> layers,
                   std::span<const WeightCounts> counts);
GrowPlan plan_growth(const Config& config, const InputImage& image,
                     std::span<const PlannedLayer> layers, std::span<const DropReport> dropped,
                     double theta, std::uint32_t time);

/// The one of a schedule's cosines that an epoch is in: from its full rate to 0. After the last
/// one's end the rate stays 0.
struct CosinePiece {
  std::int64_t begin = 0;  // its first epoch
  std::int64_t end = 0;    // the first that is not its own
};
CosinePiece cosine_piece(const Config& config, std::int64_t epoch);

/// What to do about weights or losses that are not finite any more, by the likeliest cause: "start
/// a new run with a lower --learning-rate, now 0.1".
std::string divergence_remedy(const Config& config);
/// A line where weight decay alone must make the weights grow without end; nothing elsewhere.
std::optional<std::string> certain_divergence(const Config& config);

/// The learning rate of `step` (counted from the run's start).
float learning_rate(const Config& config, std::uint64_t step, std::uint32_t steps_per_epoch);

}  // namespace regrow

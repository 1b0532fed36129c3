#include "train/evolution_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <tuple>

namespace regrow::tests {
namespace {

double on_curve(Curve curve, double first, double last, double x) {
  if (curve == Curve::kLinear) return (1 - x) * first + x * last;
  if (curve == Curve::kCosine)
    return last + 0.5 * (first - last) * (1 + std::cos(x * std::numbers::pi));
  if (curve == Curve::kExponential) return std::exp((1 - x) * std::log(first) + x * std::log(last));
  if (curve == Curve::kCubic) return last + (first - last) * std::pow(1 - x, 3);
  return first;
}

/// Active cells around `cell` in the layer's mask, without a wrap at its edges.
int neighbours(const LayerState& layer, const std::set<std::uint64_t>& active, std::uint64_t cell) {
  const auto row = static_cast<int>(cell / layer.inputs);
  const auto column = static_cast<int>(cell % layer.inputs);
  int count = 0;
  for (int r = row - 1; r <= row + 1; ++r) {
    for (int c = column - 1; c <= column + 1; ++c) {
      const bool is_inside = r >= 0 && c >= 0 && r < static_cast<int>(layer.outputs) &&
                             c < static_cast<int>(layer.inputs);
      if (!is_inside || (r == row && c == column)) continue;
      count += active.contains(static_cast<std::uint64_t>(r) * layer.inputs +
                               static_cast<std::uint64_t>(c))
                   ? 1
                   : 0;
    }
  }
  return count;
}

/// Cells by rising |w|, equals by cell.
std::vector<std::uint64_t> by_magnitude(std::vector<std::pair<double, std::uint64_t>> weights) {
  for (auto& [weight, cell] : weights) weight = std::fabs(weight);
  std::sort(weights.begin(), weights.end());
  std::vector<std::uint64_t> cells;
  for (const auto& [weight, cell] : weights) cells.push_back(cell);
  return cells;
}

std::uint64_t share_of(std::uint64_t count, std::int64_t zeta) {
  return count * static_cast<std::uint64_t>(zeta) / 1'000'000;
}

}  // namespace

EvolutionModel::EvolutionModel(const Config& config, const NetworkState& initial,
                               std::uint32_t steps_per_epoch)
    : config_(config),
      all_steps_(static_cast<double>(config.epochs) * steps_per_epoch),
      steps_per_epoch_(steps_per_epoch),
      layers_(initial.layers.begin(), initial.layers.end() - 1),
      safe_for_(layers_.size()),
      grown_(layers_.size()) {}

std::vector<std::uint64_t> EvolutionModel::due_steps() const {
  const auto interval = static_cast<std::uint64_t>(
      config_.evolve_every.steps > 0 ? config_.evolve_every.steps
                                     : config_.evolve_every.epochs * steps_per_epoch_);
  std::vector<std::uint64_t> due;
  const double end = all_steps_ * config_.evolve_until;
  for (std::uint64_t step = interval; static_cast<double>(step) < end; step += interval) {
    due.push_back(step);
  }
  return due;
}

double EvolutionModel::progress(std::uint64_t step) const {
  return static_cast<double>(step) / (all_steps_ * config_.evolve_until);
}

std::vector<std::uint64_t> EvolutionModel::targets(double density) const {
  double connections = 0, cells = 0;
  for (const LayerState& layer : layers_) {
    connections += static_cast<double>(layer.budget);
    cells += static_cast<double>(layer.cell_count());
  }
  std::vector<std::uint64_t> result;
  for (const LayerState& layer : layers_) {
    const double wanted = static_cast<double>(layer.budget) * density * cells / connections;
    result.push_back(static_cast<std::uint64_t>(std::llround(wanted)));
  }
  return result;
}

std::vector<EvolutionModel::CellSet> EvolutionModel::dropped(
    const NetworkState& before, std::int64_t zeta,
    const std::vector<std::uint64_t>& targets) const {
  std::vector<CellSet> result(layers_.size());
  std::vector<std::tuple<double, std::size_t, std::uint64_t>> everywhere;
  std::uint64_t all = 0, all_wanted = 0;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const LayerState& layer = before.layers[l];
    std::vector<std::pair<double, std::uint64_t>> negatives, positives, zeros, any;
    std::uint64_t n = 0, p = 0;
    for (std::size_t i = 0; i < layer.cells.size(); ++i) {
      const double weight = layer.weights.values[i];
      n += weight < 0 ? 1 : 0;
      p += weight > 0 ? 1 : 0;
      if (safe_for_[l].contains(layer.cells[i])) continue;
      any.emplace_back(weight, layer.cells[i]);
      (weight < 0   ? negatives
       : weight > 0 ? positives
                    : zeros)
          .emplace_back(weight, layer.cells[i]);
      everywhere.emplace_back(std::fabs(weight), l, layer.cells[i]);
    }
    const std::uint64_t count = layer.cells.size();
    const std::uint64_t surplus = count > targets[l] ? count - targets[l] : 0;
    all += count;
    all_wanted += targets[l];
    if (config_.drop == DropRule::kMagnitude) {
      const auto order = by_magnitude(any);
      const std::uint64_t most =
          std::min<std::uint64_t>(std::max(share_of(count, zeta), surplus), order.size());
      result[l].insert(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(most));
    }
    if (config_.drop == DropRule::kPerSign) {
      std::uint64_t from_n =
          std::min<std::uint64_t>(n - share_of(n, 1'000'000 - zeta), negatives.size());
      std::uint64_t from_p =
          std::min<std::uint64_t>(p == 0 ? 0 : share_of(p, zeta) + 1, positives.size());
      const std::uint64_t planned = from_n + from_p + zeros.size();
      if (surplus > planned) {
        const std::uint64_t left_n = negatives.size() - from_n, left_p = positives.size() - from_p;
        const std::uint64_t more = std::min(surplus - planned, left_n + left_p);
        const std::uint64_t more_n = left_n + left_p > 0 ? more * left_n / (left_n + left_p) : 0;
        from_n += more_n;
        from_p += more - more_n;
      }
      const auto order_n = by_magnitude(negatives), order_p = by_magnitude(positives);
      result[l].insert(order_n.begin(), order_n.begin() + static_cast<std::ptrdiff_t>(from_n));
      result[l].insert(order_p.begin(), order_p.begin() + static_cast<std::ptrdiff_t>(from_p));
      for (const auto& [weight, cell] : zeros) result[l].insert(cell);
    }
  }
  if (config_.drop == DropRule::kGlobalMagnitude) {
    std::sort(everywhere.begin(), everywhere.end());
    const std::uint64_t surplus = all > all_wanted ? all - all_wanted : 0;
    const std::uint64_t most =
        std::min<std::uint64_t>(std::max(share_of(all, zeta), surplus), everywhere.size());
    for (std::uint64_t i = 0; i < most; ++i) {
      result[std::get<1>(everywhere[i])].insert(std::get<2>(everywhere[i]));
    }
  }
  return result;
}

/// No cell that may grow is better than one that has.
void EvolutionModel::expect_best(std::size_t layer, const Evolution& evolution,
                                 const CellSet& eligible, const CellSet& kept,
                                 const CellSet& newborn) const {
  const bool by_gradient = config_.grow.by_gradient;
  if (by_gradient && config_.candidates != CandidateLaw::kAll) return;  // the rest was not seen
  const LayerState& before = evolution.before.layers[layer];
  double worst_grown = std::numeric_limits<double>::infinity(), best_left = -1;
  for (const std::uint64_t cell : eligible) {
    const double rank =
        by_gradient
            ? std::fabs(evolution.gradients[layer][cell])
            : config_.grow.rank_of_count[static_cast<std::size_t>(neighbours(before, kept, cell))];
    if (newborn.contains(cell)) {
      worst_grown = std::min(worst_grown, rank);
    } else {
      best_left = std::max(best_left, rank);
    }
  }
  // A sum of twenty products of floats, taken twice in other orders.
  const double rounding = by_gradient && !newborn.empty() ? 1e-5 * worst_grown + 1e-9 : 0;
  EXPECT_TRUE(newborn.empty() || best_left <= worst_grown + rounding)
      << best_left << ", " << worst_grown;
}

/// Of what grew, and no grace keeps any longer, what the drop has left.
void EvolutionModel::expect_survival(std::size_t layer, const CellSet& dropped,
                                     const EvolvedLayer& record) const {
  const auto grace = static_cast<std::size_t>(config_.grace);
  CellSet newborns;
  if (grown_[layer].size() > grace) newborns = grown_[layer][grown_[layer].size() - 1 - grace];
  EXPECT_EQ(record.newborns, newborns.size());
  for (const std::uint64_t cell : dropped) newborns.erase(cell);
  EXPECT_EQ(record.survived, newborns.size());
}

/// What was kept is as it was, and what grew has no weight yet; but what its gradient has brought
/// back at once is as it was, too.
void EvolutionModel::expect_growth(std::size_t layer, const Evolution& evolution,
                                   const CellSet& dropped, std::uint64_t grown) {
  const LayerState& before = evolution.before.layers[layer];
  const LayerState& after = evolution.after.layers[layer];
  CellSet kept, eligible;
  std::map<std::uint64_t, double> weights, former;
  for (std::size_t i = 0; i < after.cells.size(); ++i)
    weights[after.cells[i]] = after.weights.values[i];
  for (std::size_t i = 0; i < before.cells.size(); ++i) {
    former[before.cells[i]] = before.weights.values[i];
    if (dropped.contains(before.cells[i])) continue;
    kept.insert(before.cells[i]);
    ASSERT_TRUE(weights.contains(before.cells[i])) << "cell " << before.cells[i] << " was kept";
    EXPECT_EQ(weights[before.cells[i]], before.weights.values[i]);
  }
  CellSet newborn;
  for (const auto& [cell, weight] : weights) {
    if (kept.contains(cell)) continue;
    newborn.insert(cell);
    const bool is_back = config_.grow.by_gradient && dropped.contains(cell);
    EXPECT_EQ(weight, is_back ? former.at(cell) : 0) << "cell " << cell << " has grown";
    EXPECT_TRUE(config_.regrow_dropped || !dropped.contains(cell)) << cell;
  }
  EXPECT_EQ(newborn.size(), grown);

  for (std::uint64_t cell = 0; cell < before.cell_count(); ++cell) {
    if (kept.contains(cell) || (!config_.regrow_dropped && dropped.contains(cell))) continue;
    eligible.insert(cell);
  }
  expect_best(layer, evolution, eligible, kept, newborn);
  grown_[layer].push_back(newborn);

  for (auto one = safe_for_[layer].begin(); one != safe_for_[layer].end();) {
    one = --one->second == 0 ? safe_for_[layer].erase(one) : std::next(one);
  }
  for (const std::uint64_t cell : newborn) {
    if (config_.grace > 0) safe_for_[layer][cell] = static_cast<int>(config_.grace);
  }
}

void EvolutionModel::expect(std::uint64_t step, const Evolution& evolution,
                            const EvolutionRecord& record) {
  const bool by_gradient = config_.grow.by_gradient;  // in the place of the next step
  const bool is_within = by_gradient || step % steps_per_epoch_ != 0;
  const auto epoch = static_cast<std::uint32_t>((by_gradient ? step : step - 1) / steps_per_epoch_);
  const auto number = static_cast<std::uint32_t>(is_within ? step : epoch);
  EXPECT_EQ(evolution.plan.time, (EvolutionTime{number, is_within}));
  EXPECT_EQ(record.step, step);
  EXPECT_EQ(record.epoch, epoch);
  EXPECT_EQ(record.is_within_epoch, is_within);
  EXPECT_EQ(record.replaces_step, by_gradient);

  const auto zeta =
      std::llround(on_curve(config_.zeta_schedule, static_cast<double>(config_.zeta_millionths),
                            static_cast<double>(config_.final_zeta_millionths), progress(step)));
  EXPECT_EQ(record.zeta_millionths, zeta);
  double connections = 0, cells = 0;
  for (const LayerState& layer : layers_) {
    connections += static_cast<double>(layer.budget);
    cells += static_cast<double>(layer.cell_count());
  }
  const double to_last = static_cast<double>(step) / static_cast<double>(due_steps().back());
  const double density =
      on_curve(config_.density_schedule, connections / cells, config_.final_density, to_last);
  EXPECT_NEAR(record.density, density, 1e-12);

  const std::vector<std::uint64_t> wanted = targets(density);
  const std::vector<CellSet> gone = dropped(evolution.before, zeta, wanted);
  std::uint64_t all_wanted = 0, all_left = 0, all_missing = 0;
  std::vector<std::uint64_t> left, missing;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    left.push_back(evolution.before.layers[l].cells.size() - gone[l].size());
    missing.push_back(wanted[l] > left[l] ? wanted[l] - left[l] : 0);
    all_wanted += wanted[l];
    all_left += left[l];
    all_missing += missing[l];
  }
  const std::uint64_t room = all_wanted > all_left ? all_wanted - all_left : 0;
  ASSERT_EQ(record.layers.size(), layers_.size());
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    SCOPED_TRACE("layer " + std::to_string(l));
    std::uint64_t grown = missing[l];
    if (config_.drop == DropRule::kGlobalMagnitude && room < all_missing) {
      grown =
          static_cast<std::uint64_t>(static_cast<double>(room) / static_cast<double>(all_missing) *
                                     static_cast<double>(missing[l]));
    }
    const std::uint64_t inactive = layers_[l].cell_count() - left[l];
    grown = std::min(grown, inactive - (config_.regrow_dropped ? 0 : gone[l].size()));
    EXPECT_EQ(record.layers[l].dropped.sum(), gone[l].size());
    EXPECT_EQ(record.layers[l].grown, grown);
    EXPECT_EQ(record.layers[l].target, wanted[l]);
    expect_survival(l, gone[l], record.layers[l]);
    expect_growth(l, evolution, gone[l], grown);
  }
}

}  // namespace regrow::tests

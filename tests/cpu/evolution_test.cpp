// Evolution of the CPU back end, which never looks at an inactive cell, against the reference,
// which looks at them all: the same cells, weights and slots, exactly.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cpu/cpu_backend.h"
#include "cpu/evolve.h"
#include "cpu/kernels.h"
#include "cpu/some_cells.h"
#include "reference/reference_backend.h"
#include "support/evolutions.h"
#include "support/tiny_data.h"

namespace regrow {
namespace {

constexpr std::uint32_t kClasses = 2;

/// Coarse values: many ties, zeros of both signs, and slots to be lost or kept: one, or two where
/// the seed is even.
NetworkState coarse_network(std::uint64_t seed, const std::vector<std::uint32_t>& sizes,
                            double density) {
  NetworkState network =
      tests::tiny_network(seed, sizes, density, LayerKind::kSparse, seed % 2 == 0 ? 2 : 1);
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    LayerState& layer = network.layers[l];
    for (std::size_t i = 0; i < layer.weights.size(); ++i) {
      layer.weights.values[i] = std::round(layer.weights.values[i] * 8) / 8;
      for (std::size_t slot = 0; slot < layer.weights.slots.size(); ++slot) {
        layer.weights.slots[slot][i] = static_cast<double>((i + 1) << slot);
      }
    }
  }
  return network;
}

struct Pair {
  std::unique_ptr<Backend> cpu;
  std::unique_ptr<Backend> reference;
};

Pair backends_with(const NetworkState& network, unsigned threads = 2) {
  tests::TinyDataSettings data;
  data.shape = {1, 1, network.layers[0].inputs};
  data.classes = kClasses;
  const auto dataset = tests::shared_tiny_dataset(data);
  BackendOptions options;
  options.threads = threads;
  options.all_threads = true;
  options.batch_size = 4;
  const bool has_two_slots = network.layers[0].weights.slots.size() == 2;
  options.optimiser.kind = has_two_slots ? OptimiserKind::kAdam : OptimiserKind::kSgd;
  Pair pair = {make_cpu_backend(options), make_reference_backend(options)};
  for (Backend* backend : {pair.cpu.get(), pair.reference.get()}) {
    backend->attach(dataset);
    backend->load(network);
  }
  return pair;
}

NetworkState without_precision(NetworkState network) {
  network.precision = Precision::kFloat32;
  return network;
}

/// Any image of so many inputs.
InputImage any_image(std::uint32_t inputs) {
  std::vector<ImageShape> shapes;
  for (std::uint32_t channels = 1; channels <= inputs; ++channels) {
    for (std::uint32_t width = 1; width <= inputs / channels; ++width) {
      const ImageShape shape = {channels, inputs / channels / width, width};
      if (shape.features() == inputs) shapes.push_back(shape);
    }
  }
  return {*rc::gen::elementOf(shapes), *rc::gen::element(InputOrder::kHwc, InputOrder::kChw)};
}

/// Scores are rounded, and the cells that they choose are not the reference's exactly.
std::vector<GrowthRule> exact_rules() {
  std::vector<GrowthRule> rules;
  for (const GrowthRule& rule : growth_rules()) {
    if (!rule.by_gradient) rules.push_back(rule);
  }
  return rules;
}

/// A row of the table, or ranks of its own, some cell eligible.
GrowthRule any_rule() {
  const auto rules = exact_rules();
  const auto row = *rc::gen::inRange<std::size_t>(0, 2 * rules.size());
  if (row < rules.size()) return rules[row];
  GrowthRule rule = {"drawn", {}, *rc::gen::arbitrary<bool>()};
  const std::vector<std::int8_t> ranks = {GrowthRule::kNotEligible, 0, 1, 2, 100, 127};
  for (std::int8_t& rank : rule.rank_of_count) {
    rank = *rc::gen::elementOf(ranks);
  }
  rule.rank_of_count[*rc::gen::inRange<std::size_t>(0, 9)] = 1;
  return rule;
}

/// All but its layers.
EvolutionPlan any_plan(const NetworkState& network) {
  EvolutionPlan plan;
  plan.seed = *rc::gen::inRange<std::uint64_t>(0, 1000);
  plan.time = {*rc::gen::inRange<std::uint32_t>(0, 100), *rc::gen::arbitrary<bool>()};
  plan.groups = *rc::gen::element(DropGroups::kBySign, DropGroups::kTogether);
  plan.growth.rule = any_rule();
  plan.growth.tie = *rc::gen::element(TieRule::kRandom, TieRule::kByIndex);
  plan.growth.neighbourhood =
      *rc::gen::element(Neighbourhood::kMoore8, Neighbourhood::kCross4, Neighbourhood::kDiagonal4);
  plan.growth.image = any_image(network.layers[0].inputs);
  plan.growth.regrow_dropped = *rc::gen::arbitrary<bool>();
  plan.newborn = {*rc::gen::arbitrary<bool>(),
                  *rc::gen::element(WeightInit::kGlorotDense, WeightInit::kLecunSparse),
                  *rc::gen::arbitrary<bool>(), *rc::gen::arbitrary<bool>()};
  plan.reports_cells = *rc::gen::arbitrary<bool>();
  return plan;
}

std::uint64_t share_of(std::uint64_t count, double share) {
  return static_cast<std::uint64_t>(share * static_cast<double>(count));
}

/// A part of what may drop, and of what may then grow.
LayerEvolution any_evolution(const LayerState& layer, const EvolutionPlan& plan) {
  LayerEvolution evolution;
  evolution.protected_cells = tests::some_of(layer.cells, *rc::gen::element(0U, 0U, 30U, 100U));
  std::uint64_t negatives = 0, positives = 0, zeros = 0;
  for (std::size_t i = 0; i < layer.cells.size(); ++i) {
    const CellList& protects = evolution.protected_cells;
    if (std::binary_search(protects.begin(), protects.end(), layer.cells[i])) continue;
    const double weight = layer.weights.values[i];
    ++(weight < 0 ? negatives : weight > 0 ? positives : zeros);
  }
  const double zeta = *rc::gen::element(0.0, 0.1, 0.3, 1.0);
  std::uint64_t dropped = 0;
  if (plan.groups == DropGroups::kBySign) {
    evolution.drop = {share_of(negatives, zeta), share_of(positives, zeta), 0};
    dropped = evolution.drop.negatives + evolution.drop.positives + zeros;
  } else {
    evolution.drop = {0, 0, share_of(negatives + positives + zeros, zeta)};
    dropped = evolution.drop.smallest;
  }
  const std::uint64_t kept = layer.connections() - dropped;
  const std::uint64_t eligible =
      layer.cell_count() - kept - (plan.growth.regrow_dropped ? 0 : dropped);
  evolution.grow = share_of(eligible, *rc::gen::element(0.0, 0.01, 0.3, 0.9, 1.0));
  return evolution;
}

RC_GTEST_PROP(CpuEvolution, IsExactlyTheReferences, ()) {
  std::vector<std::uint32_t> sizes;
  const auto layers = *rc::gen::inRange<std::size_t>(1, 4);
  for (std::size_t l = 0; l <= layers; ++l) {
    sizes.push_back(*rc::gen::oneOf(rc::gen::just(1U), rc::gen::inRange(1U, 40U)));
  }
  sizes.push_back(kClasses);
  const NetworkState network = coarse_network(*rc::gen::inRange<std::uint64_t>(0, 1000), sizes,
                                              *rc::gen::element(0.0, 0.02, 0.1, 0.5, 0.95, 1.0));
  const Pair pair = backends_with(network, *rc::gen::inRange(1U, 5U));
  EvolutionPlan plan = any_plan(network);
  for (std::size_t l = 0; l < layers; ++l) {
    plan.layers.push_back(any_evolution(network.layers[l], plan));
  }
  plan.layers.emplace_back();

  const std::vector<LayerMeasures> measures = pair.cpu->measure({{}, MagnitudeDigit()});
  const std::vector<EvolutionReport> reports = pair.cpu->evolve(plan);
  RC_ASSERT(reports == pair.reference->evolve(plan));
  const NetworkState after = pair.cpu->snapshot();
  check_invariants(after);
  for (std::size_t l = 0; l < layers; ++l) {
    RC_ASSERT(after.layers[l].connections() == reports[l].dropped.remaining + plan.layers[l].grow);
  }
  RC_ASSERT(without_precision(after) == without_precision(pair.reference->snapshot()));
  RC_ASSERT(pair.cpu->measure({}) == pair.reference->measure({}));

  // By many hands, though layers so small are left to one: also more than there are rows or cells.
  cpu::ThreadPool pool(*rc::gen::element(1U, 2U, 3U, 7U, 16U));
  for (std::uint32_t l = 0; l < layers; ++l) {
    cpu::SparseLayer layer(network.layers[l], cpu::select_kernels("portable"), pool.size(),
                           UpdateMode::kFused);
    RC_ASSERT(layer.measure({}, MagnitudeDigit(), pool) == measures[l]);
    RC_ASSERT(cpu::evolve_layer(plan, l, layer, nullptr, pool, pool) == reports[l]);
    LayerState state = after.layers[l];
    layer.save(state);
    RC_ASSERT(state == after.layers[l]);
  }
}

TEST(CpuEvolution, AgreesBeyondTheSmallBijection) {
  for (const GrowthRule& rule : exact_rules()) {
    for (const bool regrows : {true, false}) {
      const NetworkState network = coarse_network(5, {170, 90, kClasses}, 0.1);
      const Pair pair = backends_with(network);
      EvolutionPlan plan = tests::evolution_of(*pair.cpu, DropRule::kPerSign, 300'000);
      plan.seed = 9;
      plan.growth.rule = rule;
      plan.growth.image = InputImage{{2, 5, 17}, InputOrder::kHwc};
      plan.growth.regrow_dropped = regrows;
      plan.layers[0].grow += 100;
      EXPECT_EQ(pair.cpu->evolve(plan), pair.reference->evolve(plan));
      EXPECT_EQ(without_precision(pair.cpu->snapshot()),
                without_precision(pair.reference->snapshot()))
          << rule.name;
    }
  }
}

TEST(CpuEvolution, GrownConnectionsDoNotInheritSlotsUnlessAsked) {
  const NetworkState network = coarse_network(4, {6, 5, kClasses}, 1.0);
  for (const bool keep : {false, true}) {
    const Pair pair = backends_with(network);
    EvolutionPlan plan;
    plan.groups = DropGroups::kTogether;
    // All cells are active again: every grown one was just dropped.
    plan.layers = {{{.smallest = 10}, {}, 10}, {}};
    plan.growth.rule = tests::rule_of("random");
    plan.newborn.keep_slots_of_regrown = keep;
    EXPECT_EQ(pair.cpu->evolve(plan)[0].dropped.dropped(), 10U);
    const std::vector<std::vector<double>> slots = pair.cpu->snapshot().layers[0].weights.slots;
    ASSERT_EQ(slots.size(), 2U);
    for (const auto& slot : slots) {
      EXPECT_EQ(std::count(slot.begin(), slot.end(), 0.0), keep ? 0 : 10);
    }
  }
}

TEST(CpuEvolution, OfADenseNetworkIsNone) {
  const NetworkState network = tests::tiny_network(1, {6, 5, kClasses}, 1, LayerKind::kDense);
  const Pair pair = backends_with(network);
  EvolutionPlan plan;
  plan.growth.rule = tests::rule_of("random");
  plan.layers = {{{1, 1, 1}, {0}, 3}, {{1, 1, 1}, {}, 1}};
  const std::vector<EvolutionReport> reports = pair.cpu->evolve(plan);
  EXPECT_EQ(reports[0], (EvolutionReport{{.remaining = 30}, {}, {}}));
  EXPECT_EQ(reports[1], (EvolutionReport{{.remaining = 10}, {}, {}}));
  EXPECT_EQ(pair.cpu->snapshot(), network);
}

TEST(CpuEvolution, RefusesAPlanForMoreThanThereIs) {
  const NetworkState network = coarse_network(5, {6, 5, kClasses}, 0.5);
  EvolutionPlan sound;
  sound.groups = DropGroups::kTogether;
  sound.growth.rule = tests::rule_of("random");
  const CellList& cells = network.layers[0].cells;
  sound.layers = {{{.smallest = cells.size() - 1}, {cells[2]}, 30 - 1}, {}};
  EXPECT_NO_THROW(backends_with(network).cpu->evolve(sound));
  const auto is_refused = [&](const auto& change) {
    EvolutionPlan plan = sound;
    change(plan);
    const Pair pair = backends_with(network);
    EXPECT_THROW(pair.cpu->evolve(plan), std::logic_error);
    EXPECT_THROW(pair.reference->evolve(plan), std::logic_error);
  };
  is_refused([](EvolutionPlan& plan) { ++plan.layers[0].drop.smallest; });
  is_refused([](EvolutionPlan& plan) { ++plan.layers[0].grow; });
  is_refused([](EvolutionPlan& plan) { plan.growth.regrow_dropped = false; });
  is_refused([](EvolutionPlan& plan) { plan.layers.pop_back(); });
  is_refused([&](EvolutionPlan& plan) { plan.layers[0].protected_cells = {cells[2], cells[2]}; });
  is_refused([&](EvolutionPlan& plan) { plan.layers[0].protected_cells = {30}; });
}

}  // namespace
}  // namespace regrow

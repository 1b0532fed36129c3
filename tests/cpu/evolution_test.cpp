// Drop and growth of the CPU back end, which never looks at an inactive cell, against the
// reference, which looks at them all: the same cells, exactly.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "cpu/cpu_backend.h"
#include "reference/reference_backend.h"
#include "regrow/policy.h"
#include "support/tiny_data.h"

namespace regrow {
namespace {

constexpr std::uint32_t kClasses = 2;

NetworkState network_of(std::uint64_t seed, std::uint32_t inputs, std::uint32_t outputs,
                        double density) {
  NetworkState network = tests::tiny_network(seed, {inputs, outputs, kClasses}, density);
  LayerState& layer = network.layers[0];
  for (std::size_t i = 0; i < layer.weights.size(); ++i) {
    // Coarse values: many ties, zeros of both signs, and momentum to be lost or kept.
    layer.weights[i] = std::round(layer.weights[i] * 8) / 8;
    layer.momentum[i] = static_cast<double>(i + 1);
  }
  return network;
}

struct Pair {
  std::unique_ptr<Backend> cpu;
  std::unique_ptr<Backend> reference;
};

Pair backends_with(const NetworkState& network) {
  tests::TinyDataSettings data;
  data.shape = {1, 1, network.layers[0].inputs};
  data.classes = kClasses;
  const auto dataset = tests::shared_tiny_dataset(data);
  BackendOptions options;
  options.threads = 2;
  options.batch_size = 4;
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

RC_GTEST_PROP(CpuEvolution, DropsAndGrowsExactlyTheReferencesCells, ()) {
  const auto seed = *rc::gen::inRange<std::uint64_t>(0, 1000);
  const auto inputs = *rc::gen::inRange<std::uint32_t>(1, 40);
  const auto outputs = *rc::gen::inRange<std::uint32_t>(1, 40);
  const double density = *rc::gen::element(0.0, 0.02, 0.1, 0.5, 0.95, 1.0);
  const NetworkState network = network_of(seed, inputs, outputs, density);
  const Pair pair = backends_with(network);
  RC_ASSERT(pair.cpu->count_weights() == pair.reference->count_weights());

  const WeightCounts counts = pair.cpu->count_weights()[0];
  DropPlan drop;
  drop.rule = *rc::gen::element(DropRule::kPerSign, DropRule::kMagnitude);
  const auto zeta = *rc::gen::element<std::uint32_t>(0, 100'000, 300'000, 1'000'000);
  drop.layers = {drop_counts(drop.rule, counts, zeta), {}};
  const std::vector<DropReport> dropped = pair.cpu->drop(drop);
  RC_ASSERT(dropped == pair.reference->drop(drop));
  RC_ASSERT(without_precision(pair.cpu->snapshot()) ==
            without_precision(pair.reference->snapshot()));

  GrowPlan grow;
  grow.seed = seed + 1;
  grow.time = 17;
  grow.rule = growth_rules()[*rc::gen::inRange<std::size_t>(0, growth_rules().size())];
  grow.tie = *rc::gen::element(TieRule::kRandom, TieRule::kByIndex);
  grow.neighbourhood =
      *rc::gen::element(Neighbourhood::kMoore8, Neighbourhood::kCross4, Neighbourhood::kDiagonal4);
  grow.image = any_image(inputs);
  grow.fresh_weights = *rc::gen::arbitrary<bool>();
  grow.init = *rc::gen::element(WeightInit::kGlorotDense, WeightInit::kLecunSparse);
  grow.keep_momentum_of_regrown = *rc::gen::arbitrary<bool>();
  const std::uint64_t free_cells = network.layers[0].cell_count() - dropped[0].remaining;
  const auto share = *rc::gen::element(0.0, 0.01, 0.3, 0.9, 1.0);
  grow.counts = {static_cast<std::uint64_t>(share * static_cast<double>(free_cells)), 0};
  RC_ASSERT(pair.cpu->grow(grow) == pair.reference->grow(grow));

  const NetworkState after = pair.cpu->snapshot();
  check_invariants(after);
  RC_ASSERT(after.layers[0].connections() == dropped[0].remaining + grow.counts[0]);
  RC_ASSERT(without_precision(after) == without_precision(pair.reference->snapshot()));
}

TEST(CpuEvolution, AgreesBeyondTheSmallBijection) {
  for (const GrowthRule& rule : growth_rules()) {
    const NetworkState network = network_of(5, 170, 90, 0.1);
    const Pair pair = backends_with(network);
    DropPlan drop;
    drop.layers = {drop_counts(drop.rule, pair.cpu->count_weights()[0], 300'000), {}};
    const std::vector<DropReport> dropped = pair.cpu->drop(drop);
    EXPECT_EQ(dropped, pair.reference->drop(drop));
    GrowPlan grow;
    grow.seed = 9;
    grow.rule = rule;
    grow.image = InputImage{{2, 5, 17}, InputOrder::kHwc};
    grow.counts = {dropped[0].dropped() + 100, 0};
    EXPECT_EQ(pair.cpu->grow(grow), pair.reference->grow(grow));
    EXPECT_EQ(without_precision(pair.cpu->snapshot()),
              without_precision(pair.reference->snapshot()))
        << rule.name;
  }
}

TEST(CpuEvolution, GrownConnectionsDoNotInheritMomentumUnlessAsked) {
  const NetworkState network = network_of(5, 6, 5, 1.0);
  for (const bool keep : {false, true}) {
    const Pair pair = backends_with(network);
    DropPlan drop;
    drop.rule = DropRule::kMagnitude;
    drop.layers = {{.smallest = 10}, {}};
    const std::vector<DropReport> dropped = pair.cpu->drop(drop);
    ASSERT_EQ(dropped[0].dropped(), 10U);
    GrowPlan grow;
    grow.rule = growth_rule("random");
    grow.counts = {10, 0};  // all cells are active again: every grown one was just dropped
    grow.keep_momentum_of_regrown = keep;
    pair.cpu->grow(grow);
    const LayerState layer = pair.cpu->snapshot().layers[0];
    EXPECT_EQ(std::count(layer.momentum.begin(), layer.momentum.end(), 0.0), keep ? 0 : 10);
  }
}

}  // namespace
}  // namespace regrow

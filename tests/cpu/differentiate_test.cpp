// differentiate() and what it leaves: the gradients of all cells against plain doubles, and nothing
// that training or a snapshot could tell.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cpu/cpu_backend.h"
#include "cpu/plain_step.h"
#include "cpu/simd_sets.h"
#include "regrow/sample_order.h"
#include "support/tiny_data.h"

namespace regrow {
namespace {

constexpr std::uint32_t kSteps = 3;
constexpr std::uint64_t kStep = 7;  // the second of an epoch

struct Case {
  std::string name;
  std::vector<std::uint32_t> hidden;
  std::uint32_t batch = 17;
  double density = 0.4;
  LayerKind kind = LayerKind::kSparse;
  ActivationKind activation = ActivationKind::kLeakyRelu;
  OptimiserKind optimiser = OptimiserKind::kSgd;
  double clip_norm = 0;
};

std::ostream& operator<<(std::ostream& out, const Case& each) { return out << each.name; }

const Case kCases[] = {
    {"fused", {20, 12, 20}},
    {"one_sample", {20, 12}, 1},
    {"whole_vectors", {20, 12}, 16},
    {"more_than_a_tile_of_samples", {12, 20}, 130},
    {"one_neuron", {1, 1}, 17, 1},
    {"no_connections", {9, 7}, 17, 0},
    {"one_layer", {9}},
    {"dense", {20, 130}, 17, 1, LayerKind::kDense},
    {"srelu", {20, 12, 9}, 17, 0.4, LayerKind::kSparse, ActivationKind::kSRelu},
    {"gelu", {20, 12, 9}, 17, 0.4, LayerKind::kSparse, ActivationKind::kGelu},
    {"nesterov",
     {20, 12},
     17,
     0.4,
     LayerKind::kSparse,
     ActivationKind::kAllRelu,
     OptimiserKind::kNesterov},
    {"adam", {20, 12}, 17, 0.4, LayerKind::kSparse, ActivationKind::kSRelu, OptimiserKind::kAdam},
    {"clipped",
     {20, 12},
     17,
     0.4,
     LayerKind::kSparse,
     ActivationKind::kRelu,
     OptimiserKind::kSgd,
     0.01},
    {"dense_clipped",
     {20, 13},
     17,
     1,
     LayerKind::kDense,
     ActivationKind::kGelu,
     OptimiserKind::kAdamW,
     0.01},
};

class Differentiate : public testing::TestWithParam<Case> {
 protected:
  Differentiate() {
    const Case& given = GetParam();
    tests::TinyDataSettings data;
    data.train_samples = kSteps * given.batch + 9;
    dataset_ = tests::shared_tiny_dataset(data);
    options_.seed = 42;
    options_.batch_size = given.batch;
    options_.threads = 2;
    options_.all_threads = true;
    options_.augmentation.enabled = false;  // which plain doubles do not do
    options_.optimiser.kind = given.optimiser;
    options_.clip_norm = given.clip_norm;
    std::vector<std::uint32_t> sizes = {dataset_->shape.features()};
    sizes.insert(sizes.end(), given.hidden.begin(), given.hidden.end());
    sizes.push_back(dataset_->classes());
    const std::size_t slots = slot_count(given.optimiser);
    network_ = tests::tiny_network(3, sizes, given.density, given.kind, slots);
    for (std::size_t l = 0; l + 1 < network_.layers.size(); ++l) {
      LayerState& layer = network_.layers[l];
      layer.activation = given.activation;
      layer.activation_parameters.assign(
          parameter_names(given.activation).size(),
          Parameter(std::vector<double>(layer.outputs, 0.25), slots));
    }
  }

  std::unique_ptr<Backend> backend(unsigned threads = 2, const std::string& simd = "auto") const {
    BackendOptions options = options_;
    options.threads = threads;
    options.simd = simd;
    auto result = make_cpu_backend(options);
    result->attach(dataset_);
    result->load(network_);
    return result;
  }
  CellList all_cells(std::uint32_t layer) const {
    CellList cells(network_.layers[layer].cell_count());
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = i;
    return cells;
  }
  std::uint32_t hidden() const { return static_cast<std::uint32_t>(network_.layers.size()) - 1; }

  /// ∂loss/∂weight of every cell of every hidden layer: inactive ones as connections of weight 0,
  /// and a step of plain gradient descent at rate 1.
  std::vector<std::vector<double>> plain_gradients() const {
    NetworkState full = network_;
    for (std::uint32_t l = 0; l < hidden(); ++l) {
      LayerState& layer = full.layers[l];
      if (layer.kind == LayerKind::kDense) continue;
      std::vector<double> weights(layer.cell_count());
      for (std::size_t i = 0; i < layer.cells.size(); ++i) {
        weights[layer.cells[i]] = layer.weights.values[i];
      }
      layer.weights = Parameter(std::move(weights), layer.weights.slots.size());
      layer.cells = all_cells(l);
    }
    BackendOptions options = options_;
    options.optimiser = {};
    options.optimiser.momentum = 0;
    options.optimiser.weight_decay = 0;
    options.clip_norm = 0;
    const auto order = sample_order(options.seed, static_cast<std::uint32_t>(kStep / kSteps),
                                    static_cast<std::uint32_t>(dataset_->train_ids.size()));
    std::vector<std::uint32_t> ids;
    for (std::uint32_t b = 0; b < options.batch_size; ++b) {
      ids.push_back(dataset_->train_ids[order[kStep % kSteps * options.batch_size + b]]);
    }
    const NetworkState before = full;
    tests::PlainTrainer(*dataset_, options).train(full, ids, {kStep, 1, 1.0});
    std::vector<std::vector<double>> gradients(hidden());
    for (std::uint32_t l = 0; l < hidden(); ++l) {
      for (std::size_t i = 0; i < full.layers[l].weights.size(); ++i) {
        gradients[l].push_back(before.layers[l].weights.values[i] -
                               full.layers[l].weights.values[i]);
      }
    }
    return gradients;
  }

  std::shared_ptr<const Dataset> dataset_;
  BackendOptions options_;
  NetworkState network_;
};

TEST_P(Differentiate, GivesTheGradientsOfAllCellsAsInPlainDoubles) {
  const auto ours = backend();
  ours->differentiate({kStep, 1, kSteps});
  const std::vector<std::vector<double>> plain = plain_gradients();
  for (std::uint32_t l = 0; l < hidden(); ++l) {
    const std::vector<double> gradients = ours->cell_gradients(l, all_cells(l));
    ASSERT_EQ(gradients.size(), plain[l].size());
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      // A mean over the batch of values around 1: some units of 2⁻²⁴.
      ASSERT_NEAR(gradients[i], plain[l][i], 2e-6) << "cell " << i << " of layer " << l;
    }
  }
}

TEST_P(Differentiate, ChangesNothing) {
  const auto ours = backend(), untouched = backend();
  const LossSums sums = ours->differentiate({kStep, 1, kSteps});
  EXPECT_EQ(ours->snapshot(), network_);
  const std::vector<LossSums> trained = untouched->train({kStep, 1, kSteps}, std::vector{0.05F});
  EXPECT_EQ(sums.loss, trained[0].loss);
  EXPECT_EQ(sums.hits, trained[0].hits);
  EXPECT_EQ(sums.samples, trained[0].samples);
  ours->train({kStep, 1, kSteps}, std::vector{0.05F});
  EXPECT_EQ(ours->snapshot(), untouched->snapshot()) << "after the same step of training";
  ours->differentiate({kStep, 1, kSteps});
  EXPECT_EQ(ours->evaluate(Split::kTest).loss, untouched->evaluate(Split::kTest).loss);
}

TEST_P(Differentiate, GivesTheSameBitsOnAnyNumberOfThreads) {
  const auto one = backend(1);
  one->differentiate({kStep, 1, kSteps});
  const std::vector<LayerMeasures> measures =
      one->measure({{}, {}, StrengthRequest{CandidateLaw::kGraBo, 1, 7}});
  for (const unsigned threads : {2U, 5U}) {
    const auto other = backend(threads);
    other->differentiate({kStep, 1, kSteps});
    EXPECT_EQ(other->measure({{}, {}, StrengthRequest{CandidateLaw::kGraBo, 1, 7}}), measures);
    for (std::uint32_t l = 0; l < hidden(); ++l) {
      EXPECT_EQ(other->cell_gradients(l, all_cells(l)), one->cell_gradients(l, all_cells(l)));
    }
  }
  for (std::uint32_t l = 0; l <= hidden(); ++l) {
    const bool is_sparse = network_.layers[l].kind == LayerKind::kSparse;
    EXPECT_EQ(measures[l].strengths.inputs.size(), is_sparse ? network_.layers[l].inputs : 0);
    EXPECT_EQ(measures[l].strengths.outputs.size(), is_sparse ? network_.layers[l].outputs : 0);
  }
}

TEST_P(Differentiate, IsTheSameInEverySetButForRounding) {
  const auto best = backend();
  best->differentiate({kStep, 1, kSteps});
  for (const std::string& simd : tests::available_simd_sets()) {
    if (GetParam().kind == LayerKind::kDense) GTEST_SKIP() << "OpenBLAS has one set a process";
    const auto other = backend(2, simd);
    other->differentiate({kStep, 1, kSteps});
    for (std::uint32_t l = 0; l < hidden(); ++l) {
      const std::vector<double> ours = best->cell_gradients(l, all_cells(l));
      const std::vector<double> theirs = other->cell_gradients(l, all_cells(l));
      for (std::size_t i = 0; i < ours.size(); ++i) ASSERT_NEAR(ours[i], theirs[i], 2e-6) << simd;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Differentiate, testing::ValuesIn(kCases),
                         [](const testing::TestParamInfo<Case>& each) { return each.param.name; });

struct Pair {
  std::unique_ptr<Backend> backend;
  NetworkState network;
};

Pair evolving_backend(unsigned threads = 2) {
  tests::TinyDataSettings data;
  data.shape = {1, 5, 6};
  const auto dataset = tests::shared_tiny_dataset(data);
  BackendOptions options;
  options.batch_size = 8;
  options.threads = threads;
  options.all_threads = true;
  Pair pair = {make_cpu_backend(options), tests::tiny_network(5, {30, 40, 25, 3}, 0.3)};
  pair.backend->attach(dataset);
  pair.backend->load(pair.network);
  return pair;
}

EvolutionPlan plan_by_gradient() {
  EvolutionPlan plan;
  plan.seed = 3;
  plan.time = {2, true};
  plan.groups = DropGroups::kTogether;
  plan.growth.rule.by_gradient = true;
  plan.reports_cells = true;
  plan.layers = {{{.smallest = 40}, {}, 50}, {{.smallest = 30}, {}, 30}, {}};
  return plan;
}

TEST(GrowthByGradient, NeedsTheGradientsOfAStep) {
  const auto is_refused = [](Backend& backend) {
    EXPECT_THROW(backend.evolve(plan_by_gradient()), std::logic_error);
    EXPECT_THROW(backend.cell_gradients(0, {1}), std::logic_error);
    EXPECT_THROW(backend.measure({{}, {}, StrengthRequest{}}), std::logic_error);
  };
  const auto [backend, network] = evolving_backend();
  is_refused(*backend);
  backend->differentiate({0, 1, 3});
  EXPECT_NO_THROW(backend->cell_gradients(0, {1}));
  EXPECT_THROW(backend->cell_gradients(2, {1}), std::logic_error) << "of the output layer";
  EXPECT_THROW(backend->cell_gradients(0, {2, 1}), std::logic_error);
  EXPECT_THROW(backend->cell_gradients(0, {1200}), std::logic_error);
  backend->train({0, 1, 3}, std::vector{0.1F});
  is_refused(*backend);
  backend->differentiate({0, 1, 3});
  backend->evaluate(Split::kTest);
  is_refused(*backend);
  backend->differentiate({0, 1, 3});
  backend->load(network);
  is_refused(*backend);
  EXPECT_THROW(backend->differentiate({0, 2, 3}), std::logic_error);
  EXPECT_EQ(backend->snapshot(), network);
}

TEST(GrowthByGradient, GrowsTheLargestThatCellGradientsGives) {
  for (const bool regrows : {true, false}) {
    const auto [backend, network] = evolving_backend();
    backend->differentiate({1, 1, 3});
    EvolutionPlan plan = plan_by_gradient();
    plan.growth.regrow_dropped = regrows;
    const std::vector<EvolutionReport> reports = backend->evolve(plan);
    for (std::uint32_t l = 0; l < 2; ++l) {
      const LayerState& before = network.layers[l];
      const EvolutionReport& report = reports[l];
      EXPECT_EQ(report.dropped_cells.size(), plan.layers[l].drop.smallest);
      EXPECT_EQ(report.grown_cells.size(), plan.layers[l].grow);
      CellList eligible;
      double worst_grown = 1e9, best_left = 0;
      for (std::uint64_t cell = 0; cell < before.cell_count(); ++cell) {
        const auto has = [&](const CellList& cells) {
          return std::binary_search(cells.begin(), cells.end(), cell);
        };
        if (has(before.cells) && !(regrows && has(report.dropped_cells))) continue;
        eligible.push_back(cell);
        const double score = std::abs(backend->cell_gradients(l, {cell})[0]);
        if (has(report.grown_cells)) {
          worst_grown = std::min(worst_grown, score);
        } else {
          best_left = std::max(best_left, score);
        }
      }
      EXPECT_EQ(report.grown, (GrowReport{plan.layers[l].grow, 0, eligible.size()}));
      // Two ways to add up 8 products.
      EXPECT_GE(worst_grown, best_left * (1 - 1e-6));
      EXPECT_TRUE(std::includes(eligible.begin(), eligible.end(), report.grown_cells.begin(),
                                report.grown_cells.end()));
    }
  }
}

TEST(GrowthByGradient, IsTheSameOnAnyNumberOfThreads) {
  const auto evolved = [](unsigned threads) {
    const auto [backend, network] = evolving_backend(threads);
    backend->differentiate({1, 1, 3});
    backend->evolve(plan_by_gradient());
    return backend->snapshot();
  };
  const NetworkState one = evolved(1);
  EXPECT_EQ(evolved(2), one);
  EXPECT_EQ(evolved(5), one);
}

TEST(GrowthByGradient, MayLeaveTheWeightsOfWhatGrowsAgain) {
  for (const bool keeps : {true, false}) {
    for (const bool fresh : {true, false}) {
      const auto [backend, network] = evolving_backend();
      backend->differentiate({1, 1, 3});
      EvolutionPlan plan = plan_by_gradient();
      // All but what stays is eligible, and all of it grows.
      const std::uint64_t connections = network.layers[0].connections();
      plan.layers[0].grow = network.layers[0].cell_count() - (connections - 40);
      plan.newborn.fresh_weights = fresh;
      plan.newborn.keep_weights_of_regrown = keeps;
      const EvolutionReport report = backend->evolve(plan)[0];
      const LayerState& before = network.layers[0];
      const LayerState after = backend->snapshot().layers[0];
      for (std::size_t i = 0; i < before.cells.size(); ++i) {
        const std::uint64_t cell = before.cells[i];
        const bool dropped =
            std::binary_search(report.dropped_cells.begin(), report.dropped_cells.end(), cell);
        const double weight = after.weights.values[cell];  // every cell is a connection
        if (keeps || !dropped) {
          EXPECT_EQ(weight, before.weights.values[i]) << cell;
        } else {
          EXPECT_EQ(weight != 0, fresh) << cell;
          EXPECT_NE(weight, before.weights.values[i]) << cell;
        }
      }
      EXPECT_EQ(after.connections(), after.cell_count());
    }
  }
}

}  // namespace
}  // namespace regrow

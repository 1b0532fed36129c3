// The back end with the library engines, end to end, against the reference: steps of awkward
// networks, and two epochs with their evolutions for every growth rule.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "backend/check_backend.h"
#include "backend/cuda_backend.h"
#include "cuda/library/engine_kinds.h"
#include "cuda/library/thread_orders.h"
#include "reference/reference_backend.h"
#include "support/evolutions.h"
#include "support/learned_activations.h"
#include "support/tiny_data.h"

namespace regrow::cuda {
namespace {

class LibraryBackend : public testing::TestWithParam<const char*> {
 protected:
  static std::unique_ptr<Backend> make(const BackendOptions& options) {
    return make_cuda_backend(make_engine_kind(GetParam()), 0, options);
  }
  static std::unique_ptr<Backend> lockstep(const BackendOptions& options) {
    return make_check_backend(make(options), make_reference_backend(options), options.optimiser);
  }
};

void train_and_evaluate(Backend& backend, std::uint32_t epoch, std::uint32_t steps) {
  backend.train({std::uint64_t{epoch} * steps, steps, steps}, std::vector<float>(steps, 0.05F));
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    backend.evaluate(split);
  }
}

struct Case {
  const char* name;
  std::vector<std::uint32_t> hidden;
  std::uint32_t batch;
  double density;
  double dropout;
  double weight_decay;
  LayerKind kind = LayerKind::kSparse;
};

const Case kCases[] = {
    {"plain", {20, 12, 20}, 7, 0.4, 0, 0},
    {"dropout_and_decay", {20, 12, 20}, 16, 0.4, 0.3, 0.01},
    {"batch_100", {30, 30}, 100, 0.3, 0.5, 0},
    {"batch_130", {30, 30}, 130, 0.3, 0.3, 0},
    {"batch_1", {25}, 1, 0.5, 0.3, 0},
    {"one_neuron", {1, 9, 1}, 6, 0.9, 0, 0.01},
    {"no_connections", {8, 8}, 20, 0, 0.3, 0.01},
    {"full", {8, 8}, 20, 1, 0.3, 0.01},
    {"dense", {40, 30}, 20, 1, 0.3, 0.01, LayerKind::kDense},
};

TEST_P(LibraryBackend, StepsAgreeWithTheReference) {
  for (const Case& test : kCases) {
    tests::TinyDataSettings data;
    data.train_samples = 3 * test.batch + 9;
    std::vector<std::uint32_t> sizes = {data.shape.features()};
    sizes.insert(sizes.end(), test.hidden.begin(), test.hidden.end());
    sizes.push_back(data.classes);
    BackendOptions options;
    options.seed = 42;
    options.batch_size = test.batch;
    options.dropout = test.dropout;
    options.optimiser.weight_decay = test.weight_decay;
    options.augmentation.enabled = true;
    const auto dataset = tests::shared_tiny_dataset(data);
    for_each_order([&] {
      const auto backend = lockstep(options);
      backend->attach(dataset);
      backend->load(tests::tiny_network(3, sizes, test.density, test.kind));
      for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
        EXPECT_NO_THROW(train_and_evaluate(*backend, epoch, 3)) << test.name;
        backend->reset_slots();
      }
    });
  }
}

// Not compared after each step but at the end: the momentum, the mask and the transposed weights
// of a step are the last step's.
TEST_P(LibraryBackend, ManyStepsOnTheirOwnAgree) {
  BackendOptions options;
  options.seed = 5;
  options.batch_size = 7;
  options.optimiser.weight_decay = 0.01;
  const auto library = make(options);
  const auto reference = make_reference_backend(options);
  for (Backend* backend : {library.get(), reference.get()}) {
    backend->attach(tests::shared_tiny_dataset());
    backend->load(tests::tiny_network(4, {48, 30, 20, 3}, 0.2));
    for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
      backend->train({epoch * 4, 4, 4}, std::vector<float>(4, 0.02F));
    }
  }
  const NetworkState a = library->snapshot();
  const NetworkState b = reference->snapshot();
  for (std::size_t layer = 0; layer < a.layers.size(); ++layer) {
    EXPECT_EQ(a.layers[layer].cells, b.layers[layer].cells);
    const Parameter& ours = a.layers[layer].weights;
    const Parameter& plain = b.layers[layer].weights;
    for (std::size_t k = 0; k < ours.size(); ++k) {
      ASSERT_NEAR(ours.values[k], plain.values[k], 2e-5) << layer;
      ASSERT_NEAR(ours.slots[0][k], plain.slots[0][k], 2e-5) << layer;
    }
  }
}

// `more`: how many connections a layer gets beyond those it lost.
EvolutionPlan plan_of(Backend& backend, std::uint32_t time, std::uint64_t more = 0) {
  EvolutionPlan plan = tests::evolution_of(backend, DropRule::kPerSign, 300'000);
  plan.seed = 4;
  plan.time.number = time;
  plan.growth.rule = growth_rules().front();
  for (LayerEvolution& layer : plan.layers) layer.grow += more;
  return plan;
}

TEST_P(LibraryBackend, EvolutionsAgreeWithTheReference) {
  const NetworkState network = tests::tiny_network(2, {48, 40, 24, 3}, 0.2);
  BackendOptions options;
  options.seed = 3;
  options.batch_size = 7;
  options.optimiser.weight_decay = 1e-3;
  for (const GrowthRule& rule : growth_rules()) {
    for (const DropRule drop : {DropRule::kPerSign, DropRule::kMagnitude}) {
      const auto backend = lockstep(options);
      backend->attach(tests::shared_tiny_dataset());
      backend->load(network);
      for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
        EXPECT_NO_THROW(train_and_evaluate(*backend, epoch, 4)) << rule.name;
        EvolutionPlan plan = tests::evolution_of(*backend, drop, 300'000);
        plan.seed = 3;
        plan.time.number = epoch;
        plan.growth.rule = rule;
        plan.growth.image = InputImage{{3, 4, 4}, InputOrder::kChw};
        plan.growth.regrow_dropped = epoch != 1;
        plan.newborn = {drop == DropRule::kMagnitude, WeightInit::kLecunSparse, true};
        plan.reports_cells = true;
        if (rule.by_gradient) {
          EXPECT_NO_THROW(backend->differentiate({std::uint64_t{epoch} * 4 + 3, 1, 4}));
        }
        EXPECT_NO_THROW(backend->evolve(plan)) << rule.name;
      }
      EXPECT_EQ(hidden_connections(backend->snapshot()), hidden_connections(network));
    }
  }
}

TEST_P(LibraryBackend, GrowthByGradientAgreesWithTheReferenceWhateverTheCandidates) {
  NetworkState network = tests::tiny_network(2, {48, 40, 24, 3}, 0.2);
  tests::set_activation(ActivationKind::kSRelu, 3, network);
  BackendOptions options;
  options.seed = 3;
  options.batch_size = 7;
  for (const CandidateLaw law :
       {CandidateLaw::kAll, CandidateLaw::kUniform, CandidateLaw::kGraBo, CandidateLaw::kGraEst}) {
    const auto backend = lockstep(options);
    backend->attach(tests::shared_tiny_dataset());
    backend->load(network);
    for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
      EXPECT_NO_THROW(train_and_evaluate(*backend, epoch, 4));
      EXPECT_NO_THROW({
        const std::uint32_t step = 4 * (epoch + 1);
        backend->differentiate({step, 1, 4});
        backend->cell_gradients(1, {0, 5, 39, 40, 200, 959});
        backend->evolve(tests::scored_evolution_of(*backend, law, 1.5, 300'000, step));
      }) << static_cast<int>(law);
    }
  }
}

TEST_P(LibraryBackend, LayersMayEmptyAndOutgrowTheirStart) {
  BackendOptions options;
  options.seed = 4;
  options.batch_size = 7;
  const auto backend = lockstep(options);
  backend->attach(tests::shared_tiny_dataset());
  backend->load(tests::tiny_network(8, {48, 30, 20, 3}, 0.05));
  EXPECT_NO_THROW(backend->evolve(plan_of(*backend, 0, 200)));
  EXPECT_NO_THROW(train_and_evaluate(*backend, 0, 4));
  EvolutionPlan all = tests::evolution_of(*backend, DropRule::kPerSign, 1'000'000);
  all.time.number = 1;
  for (LayerEvolution& layer : all.layers) layer.grow = 0;
  backend->evolve(all);
  EXPECT_EQ(hidden_connections(backend->snapshot()), 0U);
  EXPECT_NO_THROW(train_and_evaluate(*backend, 1, 4));
  EXPECT_NO_THROW(backend->evolve(plan_of(*backend, 2, 100)));
  EXPECT_NO_THROW(train_and_evaluate(*backend, 2, 4));
}

// A captured step may not go on with the plans of the connections before.
TEST_P(LibraryBackend, StepsAfterADropAloneAgree) {
  BackendOptions options;
  options.seed = 4;
  options.batch_size = 7;
  const auto backend = lockstep(options);
  backend->attach(tests::shared_tiny_dataset());
  backend->load(tests::tiny_network(8, {48, 30, 20, 3}, 0.2));
  EXPECT_NO_THROW(train_and_evaluate(*backend, 0, 4));
  EvolutionPlan plan = plan_of(*backend, 0);
  for (LayerEvolution& layer : plan.layers) layer.grow = 0;
  EXPECT_NO_THROW(backend->evolve(plan));
  EXPECT_NO_THROW(train_and_evaluate(*backend, 1, 4));
}

TEST_P(LibraryBackend, MeasuresAndProtectsAsTheReferenceDoes) {
  BackendOptions options;
  options.batch_size = 7;
  const auto backend = lockstep(options);
  backend->attach(tests::shared_tiny_dataset());
  const NetworkState network = tests::tiny_network(8, {48, 30, 20, 3}, 0.2);
  backend->load(network);
  MeasureRequest request;
  for (const LayerState& layer : network.layers) {
    CellList& cells = request.protected_cells.emplace_back(layer.cells);
    cells.resize(cells.size() / 3);
  }
  request.digit = MagnitudeDigit{31, 20, 11, 0};
  EXPECT_NO_THROW(backend->measure({{}, request.digit}));
  const std::vector<LayerMeasures> measures = backend->measure(request);
  EvolutionPlan plan = plan_of(*backend, 0);
  for (std::size_t l = 0; l + 1 < measures.size(); ++l) {
    plan.layers[l].drop = {measures[l].candidates.negatives, measures[l].candidates.positives, 0};
    plan.layers[l].protected_cells = request.protected_cells[l];
    plan.layers[l].grow = 0;
  }
  EXPECT_NO_THROW(backend->evolve(plan));
  EXPECT_EQ(backend->snapshot().layers[0].cells, request.protected_cells[0]);
}

TEST_P(LibraryBackend, SnapshotsAreExact) {
  BackendOptions options;
  options.batch_size = 7;
  const auto backend = make(options);
  backend->attach(tests::shared_tiny_dataset());
  const NetworkState network = tests::tiny_network(6, {48, 30, 20, 3}, 0.3);
  backend->load(network);
  EXPECT_EQ(backend->snapshot(), network);
  backend->train({0, 4, 4}, std::vector<float>(4, 0.05F));
  const NetworkState trained = backend->snapshot();
  EXPECT_NE(trained, network);
  backend->load(trained);
  EXPECT_EQ(backend->snapshot(), trained);
}

// Gradients of every layer in memory of their own, off the mask none, and one norm of all.
TEST_P(LibraryBackend, EveryOptimiserAndActivationAgreesWithTheReference) {
  for (const OptimiserKind optimiser : tests::kAllOptimisers) {
    for (const ActivationKind activation : tests::kAllActivations) {
      BackendOptions options;
      options.seed = 4;
      options.batch_size = 7;
      options.optimiser.kind = optimiser;
      options.optimiser.weight_decay = 0.01;
      options.clip_norm = activation == ActivationKind::kLeakyRelu ? 0 : 0.3;
      NetworkState network =
          tests::tiny_network(8, {48, 30, 20, 3}, 0.2, LayerKind::kSparse, slot_count(optimiser));
      if (activation == ActivationKind::kGelu) {
        network =
            tests::tiny_network(8, {48, 20, 12, 3}, 1, LayerKind::kDense, slot_count(optimiser));
      }
      tests::set_activation(activation, 1, network);
      const auto backend = lockstep(options);
      backend->attach(tests::shared_tiny_dataset());
      backend->load(network);
      EXPECT_NO_THROW(train_and_evaluate(*backend, 0, 4))
          << tests::name_of(optimiser) << ", " << tests::name_of(activation);
      EvolutionPlan plan = plan_of(*backend, 0, activation == ActivationKind::kGelu ? 0 : 40);
      plan.newborn.keep_slots_of_regrown = true;
      if (activation == ActivationKind::kGelu) {
        for (LayerEvolution& layer : plan.layers) layer = {};
      }
      EXPECT_NO_THROW(backend->evolve(plan));
      EXPECT_NO_THROW(train_and_evaluate(*backend, 1, 4))
          << tests::name_of(optimiser) << ", " << tests::name_of(activation);
    }
  }
}

TEST_P(LibraryBackend, ACapturedStepOfAdamGivesTheSameBits) {
  std::vector<NetworkState> results;
  for (const bool graph : {true, false}) {
    BackendOptions options;
    options.batch_size = 7;
    options.optimiser.kind = OptimiserKind::kAdam;
    options.clip_norm = 0.2;
    options.graph = graph;
    NetworkState network = tests::tiny_network(8, {48, 30, 20, 3}, 0.2, LayerKind::kSparse, 2);
    tests::set_activation(ActivationKind::kSRelu, 1, network);
    const auto backend = make(options);
    backend->attach(tests::shared_tiny_dataset());
    backend->load(network);
    train_and_evaluate(*backend, 0, 4);
    backend->evolve(plan_of(*backend, 0));
    train_and_evaluate(*backend, 1, 4);
    results.push_back(backend->snapshot());
  }
  EXPECT_EQ(results[0], results[1]);
}

INSTANTIATE_TEST_SUITE_P(Kinds, LibraryBackend, testing::ValuesIn(kEngineNames));

}  // namespace
}  // namespace regrow::cuda

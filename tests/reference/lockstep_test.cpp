// Two epochs on a device with the reference beside it, sparse and dense, by every optimiser,
// activation and loss, and their evolutions for every growth rule, drop rule and neighbourhood:
// nothing may differ beyond rounding.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "regrow/backend.h"
#include "support/devices.h"
#include "support/evolutions.h"
#include "support/feature_kinds.h"
#include "support/learned_activations.h"
#include "support/tiny_data.h"

namespace regrow {
namespace {

const std::vector<std::uint32_t> kLayerSizes = {48, 40, 24, 3};

BackendOptions usual_options() {
  BackendOptions options;
  options.seed = 3;
  options.batch_size = 7;
  options.optimiser.weight_decay = 1e-3;
  options.augmentation.enabled = true;
  options.threads = 2;
  options.all_threads = true;
  return options;
}

std::unique_ptr<Backend> lockstep(const NetworkState& network,
                                  const BackendOptions& options = usual_options()) {
  std::unique_ptr<Backend> backend =
      make_backend("check:" + tests::kTestDevice + ",reference", options);
  backend->attach(tests::shared_tiny_dataset());
  backend->load(network);
  return backend;
}

void train(Backend& backend, std::uint32_t epoch) {
  backend.train({std::uint64_t{epoch} * 4, 4, 4}, std::vector<float>(4, 0.05F));
}

void train_and_evaluate(Backend& backend, std::uint32_t epoch) {
  train(backend, epoch);
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest}) {
    backend.evaluate(split);
  }
}

TEST(Lockstep, EveryRuleOfEvolutionAgrees) {
  const NetworkState network = tests::tiny_network(2, kLayerSizes, 0.2);
  for (const GrowthRule& rule : growth_rules()) {
    for (const Neighbourhood neighbourhood :
         {Neighbourhood::kMoore8, Neighbourhood::kCross4, Neighbourhood::kDiagonal4}) {
      for (const DropRule drop : {DropRule::kPerSign, DropRule::kMagnitude}) {
        const auto backend = lockstep(network);
        for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
          EXPECT_NO_THROW(train(*backend, epoch)) << rule.name;
          if (rule.by_gradient) backend->differentiate({std::uint64_t{epoch} * 4 + 3, 1, 4});
          EvolutionPlan plan = tests::evolution_of(*backend, drop, 300'000);
          plan.seed = 3;
          plan.time = {epoch, neighbourhood == Neighbourhood::kDiagonal4};
          plan.growth = {rule, TieRule::kRandom, neighbourhood,
                         InputImage{{3, kLayerSizes[0] / 12, 4}, InputOrder::kHwc},
                         neighbourhood != Neighbourhood::kMoore8};
          plan.newborn = {drop == DropRule::kMagnitude, WeightInit::kLecunSparse,
                          neighbourhood == Neighbourhood::kCross4};
          EXPECT_NO_THROW(backend->evolve(plan)) << rule.name;
        }
        EXPECT_NO_THROW(backend->evaluate(Split::kTest)) << rule.name;
        EXPECT_EQ(hidden_connections(backend->snapshot()), hidden_connections(network));
      }
    }
  }
}

// Few steps: what is emulated takes its time.
void train_evolve_and_reset(Backend& backend) {
  backend.train({2, 2, 4}, std::vector<float>(2, 0.05F));
  backend.evaluate(Split::kTest);
  EvolutionPlan plan = tests::evolution_of(backend, DropRule::kPerSign, 300'000);
  plan.growth.rule = tests::rule_of("one_neighbour");
  plan.newborn.keep_slots_of_regrown = true;
  backend.evolve(plan);
  backend.train({4, 1, 4}, {{0.02F}});
  backend.reset_slots();
}

TEST(Lockstep, EveryOptimiserAndActivationAgrees) {
  bool clips = false;
  for (const OptimiserKind optimiser : tests::kAllOptimisers) {
    for (const ActivationKind activation : tests::kAllActivations) {
      BackendOptions options = usual_options();
      options.optimiser.kind = optimiser;
      options.clip_norm = clips ? 0.3 : 0;
      NetworkState network =
          tests::tiny_network(2, kLayerSizes, 0.3, LayerKind::kSparse, slot_count(optimiser));
      tests::set_activation(activation, 1, network);
      EXPECT_NO_THROW(train_evolve_and_reset(*lockstep(network, options)))
          << tests::name_of(optimiser) << ", " << tests::name_of(activation);
      clips = !clips;
    }
  }
}

// Ten evolutions between steps. What grows in one of the two alone is as good in the other.
TEST(Lockstep, GrowthByGradientAgrees) {
  constexpr CandidateLaw kLaws[] = {CandidateLaw::kAll, CandidateLaw::kUniform,
                                    CandidateLaw::kGraBo, CandidateLaw::kGraEst};
  bool is_fresh = false;
  for (const CandidateLaw law : kLaws) {
    for (const ActivationKind activation : {ActivationKind::kRelu, ActivationKind::kSRelu}) {
      NetworkState network = tests::tiny_network(2, kLayerSizes, 0.2);
      tests::set_activation(activation, 1, network);
      const auto backend = lockstep(network);
      for (std::uint32_t step = 0; step < 20; step += 2) {
        EXPECT_NO_THROW({
          backend->train({step, 1, 4}, {{0.05F}});
          backend->differentiate({step + 1, 1, 4});
          EvolutionPlan plan = tests::scored_evolution_of(*backend, law, 1.5, 300'000, step + 1);
          plan.growth.regrow_dropped = step % 4 == 0;
          plan.newborn.fresh_weights = is_fresh;
          plan.newborn.init = WeightInit::kLecunSparse;
          backend->evolve(plan);
          backend->cell_gradients(1, {0, 5, 7, 40 * 24 - 1});
        }) << static_cast<int>(law)
           << ", step " << step;
      }
      EXPECT_EQ(hidden_connections(backend->snapshot()), hidden_connections(network));
      is_fresh = !is_fresh;
    }
  }
}

TEST(Lockstep, EveryActivationOfDenseNetworksAgrees) {
  for (const ActivationKind activation : tests::kAllActivations) {
    BackendOptions options = usual_options();
    options.optimiser.kind = OptimiserKind::kAdamW;
    NetworkState network = tests::tiny_network(2, kLayerSizes, 1, LayerKind::kDense, 2);
    tests::set_activation(activation, 1, network);
    EXPECT_NO_THROW(train_evolve_and_reset(*lockstep(network, options)))
        << tests::name_of(activation);
  }
}

TEST(Lockstep, EveryLossAgrees) {
  const LossSettings losses[] = {{LossKind::kCrossEntropy, 0.1, {}},
                                 {LossKind::kCrossEntropy, 0, {true, {}}},
                                 {LossKind::kCrossEntropy, 0.2, {false, {3, 0.25, 1}}},
                                 {LossKind::kMse, 0, {}}};
  for (const LossSettings& loss : losses) {
    BackendOptions options = usual_options();
    options.loss = loss;
    const auto backend = lockstep(tests::tiny_network(2, kLayerSizes, 0.3), options);
    EXPECT_NO_THROW(train_evolve_and_reset(*backend)) << loss.label_smoothing;
  }
}

TEST(Lockstep, FloatTargetsAgree) {
  Dataset dataset = tests::tiny_dataset();
  for (LabelledSamples* images : {&dataset.train, &dataset.test}) {
    for (std::uint32_t k = 0; k < images->size() * dataset.classes(); ++k) {
      images->targets.push_back(static_cast<float>(k * k % 11) / 4 - 1);
    }
  }
  BackendOptions options = usual_options();
  options.loss.kind = LossKind::kMse;
  const auto backend = make_backend("check:" + tests::kTestDevice + ",reference", options);
  backend->attach(std::make_shared<const Dataset>(dataset));
  backend->load(tests::tiny_network(2, kLayerSizes, 0.3));
  EXPECT_NO_THROW(train_evolve_and_reset(*backend));
}

// A million and a little more, as a float, is a plain step's input to the last digits.
TEST(Lockstep, FloatsAndSparseRowsAgree) {
  for (const FeatureKind kind : {FeatureKind::kFloats, FeatureKind::kSparse}) {
    for (const LayerKind layers : {LayerKind::kSparse, LayerKind::kDense}) {
      for (const bool augments : {false, true}) {
        BackendOptions options = usual_options();
        options.augmentation.enabled = augments;
        const auto backend = make_backend("check:" + tests::kTestDevice + ",reference", options);
        backend->attach(
            std::make_shared<const Dataset>(tests::with_odd_features(tests::tiny_dataset(), kind)));
        backend->load(
            tests::tiny_network(2, kLayerSizes, layers == LayerKind::kDense ? 1 : 0.3, layers));
        for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
          EXPECT_NO_THROW(train_and_evaluate(*backend, epoch))
              << tests::name_of_kind(kind) << (augments ? ", augmented" : "");
        }
      }
    }
  }
}

TEST(Lockstep, DenseNetworksAgree) {
  const auto backend = lockstep(tests::tiny_network(2, kLayerSizes, 1, LayerKind::kDense));
  for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
    EXPECT_NO_THROW(train_and_evaluate(*backend, epoch));
    backend->reset_slots();
  }
}

}  // namespace
}  // namespace regrow

// Two epochs on a device with the reference beside it, sparse and dense, and their evolutions for
// every growth rule, drop rule and neighbourhood: nothing may differ beyond rounding.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "regrow/backend.h"
#include "support/devices.h"
#include "support/evolutions.h"
#include "support/tiny_data.h"

namespace regrow {
namespace {

const std::vector<std::uint32_t> kLayerSizes = {48, 40, 24, 3};

std::unique_ptr<Backend> lockstep(const NetworkState& network) {
  BackendOptions options;
  options.seed = 3;
  options.batch_size = 7;
  options.optimiser.weight_decay = 1e-3;
  options.augmentation.enabled = true;
  options.threads = 2;
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

TEST(Lockstep, DenseNetworksAgree) {
  const auto backend = lockstep(tests::tiny_network(2, kLayerSizes, 1, LayerKind::kDense));
  for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
    EXPECT_NO_THROW(train_and_evaluate(*backend, epoch));
    backend->reset_slots();
  }
}

}  // namespace
}  // namespace regrow

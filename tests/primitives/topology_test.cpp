// Where every value of a network is, on every back end: in, out, cleared, counted, and moved by an
// evolution with its slots.
#include <gtest/gtest.h>

#include <limits>

#include "evolution_cases.h"

namespace regrow::tests {
namespace {

NetworkState filled_network(const StepCase& shape, OptimiserKind optimiser) {
  NetworkState network = network_of(shape, ActivationKind::kSRelu, optimiser);
  fill_slots(network);
  return network;
}

std::unique_ptr<Backend> backend_of(const BackendCase& of, const StepCase& shape,
                                    OptimiserKind optimiser, const NetworkState& network) {
  BackendOptions options = options_of(shape);
  options.optimiser.kind = optimiser;
  return backend_with(of, options, shared(data_of(shape)), network);
}

TEST(Topology, ASnapshotIsWhatWasLoadedAndResetClearsItsSlots) {
  for_every_shape([](const BackendCase& of, const StepCase& shape) {
    for (const OptimiserKind optimiser : kAllOptimisers) {
      NetworkState network = filled_network(shape, optimiser);
      network.precision = of.precision;
      const auto backend = backend_of(of, shape, optimiser, network);
      EXPECT_EQ(backend->snapshot(), network) << of.name() << ", " << shape.name;
      backend->reset_slots();
      for (LayerState& layer : network.layers) {
        for (Parameter* parameter : parameters_of(layer)) {
          *parameter = Parameter(parameter->values, slot_count(optimiser));
        }
      }
      EXPECT_EQ(backend->snapshot(), network) << of.name() << ", " << shape.name;
    }
  });
}

TEST(Topology, SlotsMoveWithTheirConnections) {
  for_every_shape([](const BackendCase& of, const StepCase& shape) {
    for (const OptimiserKind optimiser : {OptimiserKind::kSgd, OptimiserKind::kAdam}) {
      const NetworkState network = filled_network(shape, optimiser);
      for (const bool keeps : {false, true}) {
        for (const bool is_fresh : {false, true}) {
          EvolutionPlan plan = plan_for(network, DropGroups::kTogether, 0.5, 4,
                                        {growth_rules().front(), TieRule::kRandom, {}, {}, true});
          plan.newborn = {is_fresh, WeightInit::kLecunSparse, keeps, keeps != is_fresh};
          expect_evolution(of, shape, network, plan, optimiser, of.name() + ", " + shape.name);
        }
      }
    }
  });
}

TEST(Topology, CountsWhatIsNotFiniteInEverySlotAndInWhatActivationsLearn) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const StepCase& shape = step_cases().front();
  for (const BackendCase& of : backend_cases()) {
    for (const OptimiserKind optimiser : {OptimiserKind::kSgd, OptimiserKind::kAdam}) {
      NetworkState network = filled_network(shape, optimiser);
      std::uint64_t planted = 0;
      for (Parameter* parameter : parameters_of(network.layers[1])) {
        parameter->values[1] = kNan;
        for (Row& slot : parameter->slots) slot[2] = std::numeric_limits<double>::infinity();
        planted += 1 + parameter->slots.size();
      }
      const auto backend = backend_of(of, shape, optimiser, network);
      const std::vector<WeightCounts> counts = backend->count_weights();
      EXPECT_EQ(counts.at(0).non_finite, 0U) << of.name();
      EXPECT_EQ(counts.at(1).non_finite, planted) << of.name();
      EXPECT_EQ(counts.at(2).non_finite, 0U) << of.name();
    }
  }
}

}  // namespace
}  // namespace regrow::tests

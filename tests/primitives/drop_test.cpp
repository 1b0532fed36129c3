// Which connections drop, on every back end: the smallest, of equal ones the lower cell.
#include <gtest/gtest.h>

#include "evolution_cases.h"

namespace regrow::tests {
namespace {

TEST(Drop, TakesTheSmallestOfEachGroupButWhatIsProtected) {
  for_every_shape([](const BackendCase& of, const StepCase& shape) {
    NetworkState network = network_of(shape, ActivationKind::kRelu);
    set_tied_weights(network);
    for (const DropGroups groups : {DropGroups::kBySign, DropGroups::kTogether}) {
      for (const double share : {0.0, 0.4, 1.0}) {
        for (const std::size_t protect : {0U, 3U}) {
          EvolutionPlan plan = plan_for(network, groups, share, protect, {});
          for (LayerEvolution& layer : plan.layers) layer.grow = 0;
          expect_evolution(of, shape, network, plan, OptimiserKind::kSgd,
                           of.name() + ", " + shape.name + ", share " + std::to_string(share));
        }
      }
    }
  });
}

}  // namespace
}  // namespace regrow::tests

// Which cells grow, on every back end: the classes of a rule, neighbours counted in the mask and in
// the image, ties by index and by chance, and the fill.
#include <gtest/gtest.h>

#include "evolution_cases.h"

namespace regrow::tests {
namespace {

TEST(Candidates, EveryRuleNeighbourhoodAndTie) {
  for_every_shape([](const BackendCase& of, const StepCase& shape) {
    if (shape.hidden == LayerKind::kDense) return;
    const NetworkState network = network_of(shape, ActivationKind::kRelu);
    for (const GrowthRule& rule : growth_rules()) {
      if (rule.by_gradient) continue;
      for (const Neighbourhood around :
           {Neighbourhood::kMoore8, Neighbourhood::kCross4, Neighbourhood::kDiagonal4}) {
        for (const TieRule tie : {TieRule::kRandom, TieRule::kByIndex}) {
          GrowthSource growth{rule, tie, around, std::nullopt, tie == TieRule::kRandom};
          growth.image = InputImage{{1, 1, shape.sizes.front()}, InputOrder::kHwc};
          const EvolutionPlan plan = plan_for(network, DropGroups::kTogether, 0.3, 0, growth);
          expect_evolution(of, shape, network, plan, OptimiserKind::kSgd,
                           of.name() + ", " + shape.name + ", " + std::string(rule.name));
        }
      }
    }
  });
}

// Inputs of several channels, in either order.
TEST(Candidates, NeighboursInAnImage) {
  const StepCase shape = {"image", {24, 9, 5, 3}, 0.15, 4};
  const NetworkState network = network_of(shape, ActivationKind::kRelu);
  for (const BackendCase& of : backend_cases()) {
    for (const InputOrder order : {InputOrder::kHwc, InputOrder::kChw}) {
      for (const char* const text : {"pixel_ranks:0,1,2,3,4,5,6,7,8", "pixel_neighbour"}) {
        const GrowthSource growth{*parse_growth_rule(text), TieRule::kByIndex,
                                  Neighbourhood::kMoore8, InputImage{{2, 3, 4}, order}, true};
        const EvolutionPlan plan = plan_for(network, DropGroups::kBySign, 0.5, 2, growth);
        expect_evolution(of, shape, network, plan, OptimiserKind::kSgd, of.name() + ", " + text);
      }
    }
  }
}

}  // namespace
}  // namespace regrow::tests

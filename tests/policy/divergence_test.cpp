// The remedy of a run that is not finite is that of its likeliest cause.
#include "regrow/divergence.h"

#include <gtest/gtest.h>

#include <cmath>

namespace regrow {
namespace {

TrainingConfig config_with(double learning_rate, double momentum, double weight_decay) {
  TrainingConfig config;
  config.learning_rate = learning_rate;
  config.momentum = momentum;
  config.weight_decay = weight_decay;
  return config;
}

TEST(DivergenceRemedy, IsOfTheLikeliestCause) {
  EXPECT_EQ(divergence_remedy(config_with(0.5, 0.9, 0)),
            "start a new run with a lower --learning-rate, now 0.5");
  EXPECT_EQ(
      divergence_remedy(config_with(0.5, 0.9, 2)),
      "start a new run with a lower --weight-decay, now 2: times the --learning-rate, 0.5, it "
      "is 1, and should be far below 1");
  EXPECT_EQ(divergence_remedy(config_with(0.5, 0.9, 1.9)),
            "start a new run with a lower --learning-rate, now 0.5");
  EXPECT_EQ(divergence_remedy(config_with(0.5, 0.99, 0)),
            "start a new run with a lower --momentum, now 0.99: it multiplies the --learning-rate, "
            "0.5, by 100");
}

TEST(DivergenceRemedy, OfAdamIsNeitherItsMomentumNorItsDecay) {
  TrainingConfig config = config_with(0.5, 0.99, 2);
  config.optimiser = OptimiserKind::kAdam;
  EXPECT_EQ(divergence_remedy(config), "start a new run with a lower --learning-rate, now 0.5");
  config.optimiser = OptimiserKind::kAdamW;
  EXPECT_TRUE(divergence_remedy(config).starts_with("start a new run with a lower --weight-decay"));
}

/// |w| after `steps` of nothing but weight decay, from 1.
double weight_after(int steps, const TrainingConfig& config) {
  double weight = 1, velocity = 0;
  for (int step = 0; step < steps; ++step) {
    const double decay = config.learning_rate * config.weight_decay * weight;
    if (config.optimiser == OptimiserKind::kAdamW) {
      weight -= decay;
      continue;
    }
    velocity = config.momentum * velocity - decay;
    const bool looks_ahead = config.optimiser == OptimiserKind::kNesterov;
    weight += looks_ahead ? config.momentum * velocity - decay : velocity;
  }
  return std::abs(weight);
}

TEST(CertainDivergence, IsWhereDecayAloneMakesWeightsGrow) {
  for (const double momentum : {0.0, 0.5, 0.9}) {
    const double most = 2 * (1 + momentum);
    const TrainingConfig below = config_with(1, momentum, most * 0.99);
    const TrainingConfig above = config_with(1, momentum, most * 1.01);
    EXPECT_FALSE(certain_divergence(below)) << momentum;
    EXPECT_LT(weight_after(2000, below), 0.1) << momentum;
    EXPECT_TRUE(certain_divergence(above)) << momentum;
    EXPECT_GT(weight_after(1000, above), 10) << momentum;
  }
}

TEST(CertainDivergence, OfOtherOptimisersIsWhereTheirsDoes) {
  for (const double momentum : {0.0, 0.5, 0.9}) {
    for (const auto& [optimiser, most] :
         {std::pair{OptimiserKind::kNesterov, 2 * (1 + momentum) / (1 + 2 * momentum)},
          std::pair{OptimiserKind::kAdamW, 2.0}}) {
      TrainingConfig below = config_with(1, momentum, most * 0.99);
      TrainingConfig above = config_with(1, momentum, most * 1.01);
      below.optimiser = above.optimiser = optimiser;
      EXPECT_FALSE(certain_divergence(below)) << momentum;
      EXPECT_LT(weight_after(2000, below), 0.1) << momentum;
      EXPECT_TRUE(certain_divergence(above)) << momentum;
      EXPECT_GT(weight_after(1000, above), 10) << momentum;
    }
  }
  TrainingConfig adam = config_with(1, 0.9, 1000);
  adam.optimiser = OptimiserKind::kAdam;
  EXPECT_FALSE(certain_divergence(adam)) << "its steps do not grow with the decay";
}

}  // namespace
}  // namespace regrow

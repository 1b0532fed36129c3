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

/// |w| after `steps` of nothing but weight decay, from 1.
double weight_after(int steps, const TrainingConfig& config) {
  double weight = 1, velocity = 0;
  for (int step = 0; step < steps; ++step) {
    velocity = config.momentum * velocity - config.learning_rate * config.weight_decay * weight;
    weight += velocity;
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

}  // namespace
}  // namespace regrow

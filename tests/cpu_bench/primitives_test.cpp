// Every primitive of the CPU back end is timed, and held against a ceiling that is timed as well.
#include "cpu_bench/primitives.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "backend_interface/bench_network.h"
#include "regrow/evolution/growth_rule.h"

namespace regrow::cpu {
namespace {

TEST(CpuPrimitives, AreTimedEachOnce) {
  const std::vector<PrimitiveTiming> timings =
      bench_primitives({.rounds = 2, .launches = 2, .tiny = true});
  std::set<std::string> names;
  for (const PrimitiveTiming& timing : timings) {
    EXPECT_TRUE(names.insert(timing.name).second) << timing.name << " is twice";
    EXPECT_GT(timing.bytes, 0) << timing.name;
    ASSERT_EQ(timing.seconds.size(), 2U) << timing.name;
    for (const double seconds : timing.seconds) EXPECT_GT(seconds, 0) << timing.name;
    EXPECT_TRUE(timing.ceiling.empty() || names.contains(timing.ceiling)) << timing.name;
  }
  for (const char* name : {"load batch",
                           "forward 1",
                           "forward 3",
                           "forward 1, srelu",
                           "forward 1, gelu",
                           "multiply output",
                           "softmax",
                           "backward output",
                           "backward 1",
                           "backward 3",
                           "backward 2, gradients kept",
                           "sum squares 1",
                           "optimiser 1, sgd",
                           "optimiser 1, adam",
                           "count weights",
                           "count magnitudes",
                           "drop",
                           "rebuild",
                           "dense_product",
                           "score_all",
                           "weight_gradients",
                           "score_candidates",
                           "draw_candidates"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
  for (const GrowthRule& rule : growth_rules()) {
    EXPECT_TRUE(names.contains("evolve " + rule.name)) << rule.name;
  }
}

TEST(BenchNetwork, IsThePapers) {
  const NetworkState network = bench_network(bench_shape(false));
  ASSERT_EQ(network.layers.size(), 4U);
  EXPECT_EQ(hidden_connections(network), 341'440U);
  EXPECT_EQ(network.layers.back().kind, LayerKind::kDense);
}

TEST(NoiseValues, AreBelowOneAndOfBothSigns) {
  double sum = 0;
  for (const float value : noise_values(1000, 3)) {
    EXPECT_LE(std::abs(value), 1);
    sum += value;
  }
  EXPECT_NEAR(sum / 1000, 0, 0.1);
}

}  // namespace
}  // namespace regrow::cpu

// The policies together: iterated drops and growths settle at the fixed point
// n/γ = θ/(ζ + θ(1−ζ)), and at the connections of the paper's Table 2.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <vector>

#include "evolution/drop_counts.h"
#include "evolution/grow_count.h"
#include "evolution/records.h"

namespace regrow {
namespace {

using testing::history_of;
using testing::theta_of;

constexpr std::uint64_t kCells = 12'288'000;

// Connections after `evolutions` of a layer with as many negative as positive weights.
std::uint64_t settle(DropRule rule, std::uint64_t budget, double theta, std::uint32_t zeta,
                     int evolutions) {
  std::uint64_t connections = budget;
  for (int i = 0; i < evolutions; ++i) {
    WeightCounts counts;
    counts.negatives = connections / 2;
    counts.positives = connections - counts.negatives;
    const LayerDrop drop = drop_counts(rule, counts, zeta);
    DroppedLayer layer;
    layer.target = budget;
    layer.dropped = drop.negatives + drop.positives + drop.smallest;
    layer.remaining = connections - layer.dropped;
    layer.eligible = kCells - layer.remaining;
    connections = layer.remaining + grow_count(theta, GrowDelta::kInitial, layer);
  }
  return connections;
}

double fixed_point(double theta, double zeta) { return theta / (zeta + theta * (1 - zeta)); }

TEST(EvolutionCounts, SetKeepsItsConnectionsExactly) {
  for (const DropRule rule : {DropRule::kPerSign, DropRule::kMagnitude}) {
    EXPECT_EQ(settle(rule, 141441, 1, 300000, 50), 141441U);
  }
}

RC_GTEST_PROP(EvolutionCounts, SettleAtTheFixedPoint, ()) {
  const double theta = *rc::gen::inRange(50, 1001) / 1000.0;
  const auto zeta = *rc::gen::inRange<std::uint32_t>(100000, 900001);
  const auto rule = *rc::gen::element(DropRule::kPerSign, DropRule::kMagnitude);
  const std::uint64_t budget = 100000;
  const double share = static_cast<double>(settle(rule, budget, theta, zeta, 400)) / budget;
  // Rounding moves each evolution by at most 2 connections; errors shrink by (1−ζ)(1−θ) < 0.86.
  RC_ASSERT(std::abs(share - fixed_point(theta, zeta / 1e6)) < 2 / (1 - 0.86) / budget);
}

struct Row {
  const char* method;
  Measure measure;
  double EpochRecord::*field;
  double first;  // the measure in epoch 0
  double last;
  std::uint64_t connections;
};

// Table 2 of the paper (γ = 342,493, ζ = 0.3): the measure at the end predicts the connections.
// Training losses of about 1.06 and the first loss 2.29 are inferred from that table.
TEST(EvolutionCounts, GiveTheConnectionsOfThePapersTableTwo) {
  const std::vector<Row> rows = {
      {"AccSET", Measure::kValAcc, &EpochRecord::val_accuracy, 0.1, 0.6494, 218730},
      {"LSET", Measure::kLoss, &EpochRecord::loss, 2.29, 1.06, 254087},
      {"DynSET", Measure::kLoss, &EpochRecord::loss, 2.29, 1.06, 253916},
      {"DynSET2", Measure::kValLoss, &EpochRecord::val_loss, 2.29, 0.9640, 242430},
      {"DynSET3", Measure::kValAcc, &EpochRecord::val_accuracy, 0.1, 0.6522, 218322},
  };
  for (const Row& row : rows) {
    Config config;
    config.method = Method::kDynSet;
    config.measure = row.measure;
    const double theta = theta_of(config, history_of(row.field, {row.first, row.last}), 10);
    const auto connections =
        static_cast<double>(settle(DropRule::kPerSign, 342493, theta, 300000, 100));
    const auto published = static_cast<double>(row.connections);
    EXPECT_NEAR(connections / published, 1, 0.01) << row.method << ", theta " << theta;
  }
}

}  // namespace
}  // namespace regrow

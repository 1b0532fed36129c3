// Every method with every measure, end to end: what metrics.jsonl records is recomputed here from
// the formulas of the methods, written out a second time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "support/devices.h"
#include "support/temp_dir.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

struct Case {
  Method method;
  Measure measure;
};

void PrintTo(const Case& which, std::ostream* out) {
  *out << name_of(which.method) << '_' << name_of(which.measure);
}

double value_of(Measure measure, const EpochRecord& record) {
  switch (measure) {
    case Measure::kLoss:
      return record.loss;
    case Measure::kValLoss:
      return record.val_loss;
    case Measure::kAcc:
      return record.accuracy;
    default:
      return record.val_accuracy;
  }
}

double expected_theta(const Case& which, const std::vector<EpochRecord>& history, std::size_t e) {
  if (which.method == Method::kSet) return 1;
  const double value = value_of(which.measure, history[e]);
  const bool is_a_loss = which.measure == Measure::kLoss || which.measure == Measure::kValLoss;
  const double theta = is_a_loss ? value / value_of(which.measure, history[0]) : 1 - value;
  return std::clamp(theta, 0.0, 1.0);
}

/// ζ = 3/10: N − ⌊7N/10⌋ negatives, min(P, ⌊3P/10⌋ + 1) positives, all zeros.
std::uint64_t expected_drop(const LayerRecord& layer, std::uint64_t connections) {
  const std::uint64_t n = layer.negatives, p = layer.positives;
  return n - n * 7 / 10 + (p == 0 ? 0 : std::min(p, p * 3 / 10 + 1)) + (connections - n - p);
}

class EvolvingMethod : public testing::TestWithParam<std::tuple<std::string, Case>> {};

TEST_P(EvolvingMethod, RecordsTheCountsOfItsFormulas) {
  const auto& [device, which] = GetParam();
  const TempDir dir;
  const Config config = small_config(device, which.method, which.measure);
  const std::vector<EpochRecord> history = whole_run(config, dir.path() / "run");
  ASSERT_EQ(history.size(), 5U);

  const std::uint64_t cells[] = {12 * 20, 20 * 15};
  std::vector<std::uint64_t> budget;
  for (const LayerRecord& layer : history[0].layers) {
    budget.push_back(layer.negatives + layer.positives);  // no weight is zero so early
  }
  ASSERT_EQ(budget, (std::vector<std::uint64_t>{96, 105}));  // ε(n_in + n_out)
  std::vector<std::uint64_t> connections = budget;
  for (std::size_t e = 0; e + 1 < history.size(); ++e) {
    SCOPED_TRACE(e);
    const EpochRecord& record = history[e];
    ASSERT_TRUE(record.theta.has_value());
    EXPECT_NEAR(*record.theta, expected_theta(which, history, e), 1e-12);
    std::uint64_t sum = 0;
    for (std::size_t l = 0; l < 2; ++l) {
      const LayerRecord& layer = record.layers[l];
      const std::uint64_t drop = record.paused ? 0 : expected_drop(layer, connections[l]);
      const std::uint64_t left = connections[l] - drop;
      const double wanted = std::ceil(*record.theta * static_cast<double>(budget[l] - left));
      const std::uint64_t grown =
          record.paused ? 0 : std::min(static_cast<std::uint64_t>(wanted), cells[l] - left);
      EXPECT_EQ(layer.dropped, drop);
      EXPECT_EQ(layer.grown, grown);
      connections[l] = left + grown;
      EXPECT_EQ(layer.connections, connections[l]);
      sum += connections[l];
    }
    EXPECT_EQ(record.connections, sum);
  }
}

TEST_P(EvolvingMethod, DoesNotEvolveAfterTheLastEpoch) {
  const auto& [device, which] = GetParam();
  const TempDir dir;
  Config config = small_config(device, which.method, which.measure);
  config.epochs = 2;
  const EpochRecord last = whole_run(config, dir.path() / "run").back();
  EXPECT_FALSE(last.theta.has_value());
  for (const LayerRecord& layer : last.layers) {
    EXPECT_EQ(layer.dropped, 0U);
    EXPECT_EQ(layer.grown, 0U);
  }
  const Checkpoint saved = read_checkpoint(dir.path() / "run" / "last.safetensors");
  EXPECT_TRUE(saved.progress.evolution_pending);
  EXPECT_EQ(hidden_connections(saved.network), last.connections);
}

INSTANTIATE_TEST_SUITE_P(Methods, EvolvingMethod,
                         testing::Combine(testing::ValuesIn(kTestDevices),
                                          testing::Values(Case{Method::kSet, Measure::kAuto},
                                                          Case{Method::kAccSet, Measure::kValAcc},
                                                          Case{Method::kAccSet, Measure::kAcc},
                                                          Case{Method::kLset, Measure::kLoss},
                                                          Case{Method::kLset, Measure::kValLoss},
                                                          Case{Method::kDynSet, Measure::kLoss},
                                                          Case{Method::kDynSet, Measure::kValLoss},
                                                          Case{Method::kDynSet, Measure::kAcc},
                                                          Case{Method::kDynSet, Measure::kValAcc})),
                         [](const auto& test) {
                           return test_name(std::get<0>(test.param)) + "_" +
                                  testing::PrintToString(std::get<1>(test.param));
                         });

class OnDevice : public testing::TestWithParam<std::string> {};

TEST_P(OnDevice, SetKeepsItsConnectionsConstant) {
  const TempDir dir;
  const auto history = whole_run(small_config(GetParam(), Method::kSet), dir.path() / "run");
  for (const EpochRecord& record : history) EXPECT_EQ(record.connections, 96U + 105U);
}

TEST_P(OnDevice, StaticNeverChangesTheMask) {
  const TempDir dir;
  const Config config = small_config(GetParam(), Method::kStatic);
  const auto history = whole_run(config, dir.path() / "run");
  const NetworkState before = initial_network(config, 12, 4);
  const NetworkState after = read_checkpoint(dir.path() / "run" / "last.safetensors").network;
  for (std::size_t l = 0; l < 2; ++l) {
    EXPECT_EQ(before.layers[l].cells, after.layers[l].cells);
    EXPECT_NE(before.layers[l].weights, after.layers[l].weights);
  }
  for (const EpochRecord& record : history) {
    EXPECT_FALSE(record.theta.has_value());
    EXPECT_EQ(record.connections, 96U + 105U);
  }
}

TEST_P(OnDevice, DenseHasEveryCellAndNoTheta) {
  const TempDir dir;
  const auto history = whole_run(small_config(GetParam(), Method::kDense), dir.path() / "run");
  for (const EpochRecord& record : history) {
    EXPECT_FALSE(record.theta.has_value());
    EXPECT_EQ(record.connections, 12U * 20 + 20 * 15);
  }
  EXPECT_LT(history.back().loss, history.front().loss);
}

TEST_P(OnDevice, APauseLeavesTheTopologyAndRecordsTheta) {
  const TempDir dir;
  Config config = small_config(GetParam(), Method::kSet);
  config.pause = Measure::kValLoss;  // the paper's open question: SET with a pause
  config.pause_gap = 1;
  config.pause_min_history = 2;
  config.grace = 1;            // which counts evolutions that took place
  config.learning_rate = 0.3;  // so that the loss goes up now and then
  config.epochs = 12;
  const auto history = whole_run(config, dir.path() / "run");
  int pauses = 0;
  for (std::size_t e = 0; e + 1 < history.size(); ++e) {
    const bool worse = e >= 1 && history[e].val_loss > history[e - 1].val_loss;
    EXPECT_EQ(history[e].paused, worse) << e;
    EXPECT_TRUE(history[e].theta.has_value());
    for (const LayerRecord& layer : history[e].layers) EXPECT_EQ(layer.dropped == 0, worse);
    pauses += worse ? 1 : 0;
  }
  EXPECT_GT(pauses, 0);
  EXPECT_LT(pauses, 10);
}

TEST_P(OnDevice, ValidationOnTheTestSetReportsItTwice) {
  const TempDir dir;
  Config config = small_config(GetParam(), Method::kSet);
  config.epochs = 2;
  for (const EpochRecord& held_out : whole_run(config, dir.path() / "holdout")) {
    EXPECT_NE(held_out.val_loss, held_out.test_loss);
  }
  config.validation = {0};
  for (const EpochRecord& record : whole_run(config, dir.path() / "test")) {
    EXPECT_EQ(record.val_loss, record.test_loss);
    EXPECT_EQ(record.val_accuracy, record.test_accuracy);
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, OnDevice, testing::ValuesIn(kTestDevices),
                         [](const auto& test) { return test_name(test.param); });

}  // namespace
}  // namespace regrow::tests

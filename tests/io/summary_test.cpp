// summary.json, and what a summary derives from a run's records.
#include "io/summary.h"

#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "io/io_test_support.h"
#include "io/sample_checkpoint.h"

namespace regrow {
namespace {

Summary sample_summary() {
  return {.version = "0.1.0",
          .status = "finished",
          .dataset = "fashion_mnist",
          .method = "dynset",
          .measure = "loss",
          .pause = "loss",
          .grow = "random",
          .validation = "holdout:5000",
          .seed = -3,
          .data_seed = 4,
          .device = "cpu",
          .instruction_set = "avx512",
          .threads = 2,
          .epochs = 9,
          .final = sample_record(8),
          .best = sample_record(5),
          .initial_connections = 341440,
          .paused_epochs = 2,
          .seconds = 12.1,
          .seconds_per_epoch = 0.1 + 0.2};
}

TEST(Summary, SaysWhatComputedARunThatWentOnElsewhere) {
  Summary summary = sample_summary();
  EXPECT_FALSE(nlohmann::json::parse(summary_to_json(summary)).contains("computed_by"));
  summary.computed_by = {{0, 0, "cuda", "sm_90"}, {3, 17, "cpu", "avx512"}};
  const auto list = nlohmann::json::parse(summary_to_json(summary)).at("computed_by");
  EXPECT_EQ(list.at(0).at("device"), "cuda");
  EXPECT_EQ(list.at(1).at("epoch"), 3);
  EXPECT_EQ(list.at(1).at("step"), 17);
  EXPECT_EQ(list.at(1).at("instruction_set"), "avx512");
}

TEST(Summary, SaysWhatTrainingCostAndWhatBecameOfNewborns) {
  Summary summary = sample_summary();
  EXPECT_FALSE(nlohmann::json::parse(summary_to_json(summary)).contains("cost"));
  EXPECT_FALSE(nlohmann::json::parse(summary_to_json(summary)).contains("survival"));
  summary.cost = TrainingCost{.steps = 4,
                              .connection_steps = 410,
                              .peak_connections = 110,
                              .forward = 1000,
                              .backward = 1800,
                              .scoring = 7};
  summary.survival = {{0, 0}, {10, 4}};
  const auto object = nlohmann::json::parse(summary_to_json(summary));
  EXPECT_EQ(object["cost"]["steps"], 4);
  EXPECT_EQ(object["cost"]["mean_connections"], 102.5);
  EXPECT_EQ(object["cost"]["peak_connections"], 110);
  EXPECT_EQ(object["cost"]["forward_flops"], 2000);
  EXPECT_EQ(object["cost"]["backward_flops"], 3600);
  EXPECT_EQ(object["cost"]["scoring_flops"], 14);
  EXPECT_EQ(object["survival"]["newborns"], 10);
  EXPECT_EQ(object["survival"]["survived"], 4);
  EXPECT_EQ(object["survival"]["share"], 0.4);
  EXPECT_TRUE(object["survival"]["layers"][0]["share"].is_null());
  EXPECT_EQ(object["survival"]["layers"][1]["share"], 0.4);
}

TEST(Summary, StandsOnItsOwn) {
  const auto object = nlohmann::json::parse(summary_to_json(sample_summary()));
  EXPECT_EQ(object["status"], "finished");
  EXPECT_EQ(object["dataset"], "fashion_mnist");
  EXPECT_EQ(object["method"], "dynset");
  EXPECT_EQ(object["device"], "cpu");
  EXPECT_EQ(object["instruction_set"], "avx512");
  EXPECT_EQ(object["accuracy"], 0.6668);
  EXPECT_EQ(object["connections"], 3);
  EXPECT_EQ(object["seed"], -3);
  EXPECT_EQ(object["data_seed"], 4);
  EXPECT_EQ(object["threads"], 2);
  EXPECT_EQ(object["epochs"], 9);
  EXPECT_EQ(object["initial_connections"], 341440);
  EXPECT_EQ(object["paused_epochs"], 2);
  EXPECT_EQ(object["seconds"], 12.1);
  EXPECT_EQ(object["alpha"], 0.6668 / 3);
  EXPECT_EQ(object["final"]["beta"], 5e-324 * 3);
  EXPECT_EQ(object["best"]["alpha"], 0.6668 / 3);
  EXPECT_EQ(object["best"]["epoch"], 5);
  EXPECT_EQ(object["seconds_per_epoch"], 0.1 + 0.2);
}

TEST(AlphaAndBeta, AreThoseOfThePapersTable) {
  EpochRecord set;  // the row of SET in Table 2
  set.test_accuracy = 0.6682;
  set.test_loss = 0.9411;
  set.accuracy = set.val_accuracy = set.loss = set.val_loss = 99;
  set.layers = {{.evaluated = 342493}};
  EXPECT_NEAR(alpha(set), 1.95e-6, 0.005e-6);
  EXPECT_NEAR(beta(set), 322320.16, 0.01);
}

TEST(AlphaAndBeta, AreOfTheNetworkEvaluatedNotOfTheOneThatEvolvedFromIt) {
  EpochRecord record;
  record.test_accuracy = 0.5;
  record.test_loss = 2;
  record.connections = 90;
  record.layers = {{.connections = 70, .dropped = 30, .grown = 20, .evaluated = 80},
                   {.connections = 20, .dropped = 4, .grown = 9, .evaluated = 15}};
  EXPECT_EQ(evaluated_connections(record), 80U + 15U);
  EXPECT_EQ(alpha(record), 0.5 / 95);
  EXPECT_EQ(beta(record), 2.0 * 95);
}

TEST(AlphaAndBeta, OfANetworkWithoutConnectionsAreInfiniteAndZero) {
  EpochRecord record;
  record.test_accuracy = 0.1;
  record.test_loss = 2;
  EXPECT_EQ(alpha(record), std::numeric_limits<double>::infinity());
  EXPECT_EQ(beta(record), 0);
}

TEST(BestEpoch, IsTheFirstOfTheBestByWhatIsMonitored) {
  std::vector<EpochRecord> history(4);
  history[1].val_accuracy = history[2].val_accuracy = 0.5;
  history[3].test_accuracy = 0.9;
  EXPECT_EQ(best_epoch(history, Measure::kValAcc), 1U);
  history[0].val_loss = history[1].val_loss = 2;
  history[2].val_loss = history[3].val_loss = 1;
  EXPECT_EQ(best_epoch(history, Measure::kValLoss), 2U);
}

}  // namespace
}  // namespace regrow

// What is read of a run's folder.
#include "study/run_result.h"

#include <gtest/gtest.h>

#include "regrow/error.h"
#include "study/study_support.h"
#include "support/temp_dir.h"

namespace regrow::tests {
namespace {

class ReadResult : public testing::Test {
 protected:
  RunResult read(const char* epochs, const std::vector<double>& accuracies,
                 std::optional<std::uint32_t> compared = std::nullopt, std::uint32_t last = 1) {
    const auto path = dir_.path() / ("run" + std::to_string(++runs_));
    write_run(path, config_with({{"epochs", epochs}, {"method", "lset"}}), accuracies);
    return read_result(RunFolder::open(path), compared, last);
  }

  TempDir dir_;
  int runs_ = 0;
};

TEST_F(ReadResult, OfTheLastEpochAndOfTheBest) {
  const RunResult run = read("5", {0.6, 0.3, 0.4, 0.5, 0.7});
  EXPECT_TRUE(run.complete());
  EXPECT_EQ(run[Quantity::kAccuracy], 0.7);
  EXPECT_EQ(run[Quantity::kLoss], 1 - 0.7);
  EXPECT_EQ(run[Quantity::kConnections], 100);
  EXPECT_EQ(run[Quantity::kAlpha], 0.7 / 100);
  EXPECT_DOUBLE_EQ(run[Quantity::kBeta].value(), 0.3 * 100);
  EXPECT_EQ(run[Quantity::kTheta], 0.6) << "later epochs were paused";
  EXPECT_EQ(run[Quantity::kPaused], 2);
  EXPECT_EQ(run[Quantity::kBestAccuracy], 0.3);
  EXPECT_FALSE(run[Quantity::kSeconds]) << "there are no timings";
  // γ = 100, ζ = 0.3, θ = 0.6: 60 / 0.72.
  EXPECT_DOUBLE_EQ(run[Quantity::kOffFixedPoint].value(), 100 / (60 / 0.72) - 1);
}

TEST_F(ReadResult, OfARunThatPredictsNumbersHasNoAccuracy) {
  write_run(dir_.path() / "numbers",
            config_with({{"dataset", "synthetic"},
                         {"synthetic_kind", "regression"},
                         {"loss", "mse"},
                         {"epochs", "2"}}),
            {0, 0});
  const RunResult run = read_result(RunFolder::open(dir_.path() / "numbers"), std::nullopt, 1);
  EXPECT_EQ(run[Quantity::kLoss], 1);
  for (const Quantity quantity :
       {Quantity::kAccuracy, Quantity::kValAccuracy, Quantity::kAlpha, Quantity::kBestAccuracy}) {
    EXPECT_FALSE(run[quantity]);
  }
}

// Of 100 connections an evolution within the first epoch left 80.
TEST_F(ReadResult, RefersToTheInitialNumberOfConnections) {
  const auto path = dir_.path() / "within";
  const RunFolder folder = RunFolder::create(path, false);
  folder.write_config(config_with({{"epochs", "2"}, {"method", "lset"}, {"evolve_every", "7"}}));
  EpochRecord first;
  first.theta = 0.5;
  first.connections = 80;
  first.layers = {{.connections = 80,
                   .negatives = 40,
                   .positives = 40,
                   .dropped = 50,
                   .grown = 30,
                   .evaluated = 80}};
  EpochRecord second = first;
  second.epoch = 1;
  second.theta = std::nullopt;
  second.layers[0].dropped = second.layers[0].grown = 0;
  folder.replace_metrics(to_json_line(first) + "\n" + to_json_line(second) + "\n");
  const RunResult run = read_result(folder, std::nullopt);
  // γ = 100, ζ = 0.3, θ = 0.5: 50 / 0.65.
  EXPECT_NEAR(run[Quantity::kOffFixedPoint].value(), 80 / (50 / 0.65) - 1, 1e-12);
  EXPECT_EQ(run[Quantity::kPeakConnections], 100);
}

TEST_F(ReadResult, OfMeansOverTheLastEpochs) {
  const RunResult run = read("5", {0.6, 0.3, 0.4, 0.5, 0.75}, std::nullopt, 3);
  EXPECT_DOUBLE_EQ(run[Quantity::kAccuracy].value(), 0.55);
  EXPECT_DOUBLE_EQ(run[Quantity::kLoss].value(), 0.45);
  EXPECT_DOUBLE_EQ(run[Quantity::kAlpha].value(), 0.55 / 100);
  EXPECT_DOUBLE_EQ(run[Quantity::kBeta].value(), 45);
  EXPECT_EQ(run[Quantity::kBestAccuracy], 0.3) << "is no mean";
  EXPECT_EQ(run[Quantity::kTheta], 0.6) << "nor is this";
  EXPECT_DOUBLE_EQ(read("5", {0.6, 0.3, 0.4, 0.5}, 3, 2)[Quantity::kAccuracy].value(), 0.35)
      << "of those compared";
}

TEST_F(ReadResult, RefusesMeansOverMoreEpochsThanThereAre) {
  EXPECT_DOUBLE_EQ(read("2", {0.6, 0.3}, std::nullopt, 2)[Quantity::kAccuracy].value(), 0.45);
  const auto message = [&](std::optional<std::uint32_t> compared) -> std::string {
    try {
      read("3", {0.6, 0.3, 0.3}, compared, 4);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message(std::nullopt).find(": a mean over the last 4 epochs, but the run has 3"),
            std::string::npos);
  EXPECT_NE(message(2).find("compares after 2"), std::string::npos);
}

// Networks of 200 (the initial one), 150 and 100 connections were trained; what the last evolution
// made, of 900, was not.
TEST(ConnectionsWhileTraining, AreOfTheNetworksThatWereTrained) {
  std::vector<EpochRecord> history(3);
  const std::uint64_t sizes[] = {200, 150, 100, 900};
  for (std::size_t e = 0; e < history.size(); ++e) {
    history[e].connections = sizes[e + 1];
    history[e].layers = {{.connections = sizes[e + 1],
                          .dropped = sizes[e],
                          .grown = sizes[e + 1],
                          .evaluated = sizes[e]}};
  }
  const ConnectionsWhileTraining connections = connections_while_training(history);
  EXPECT_EQ(connections.mean, 150);
  EXPECT_EQ(connections.peak, 200);
}

// The epoch began with 200 connections, of which an evolution within it left 150.
TEST(ConnectionsWhileTraining, PeakWhereAnEpochThatEvolvedWithinBegan) {
  std::vector<EpochRecord> history(1);
  history[0].connections = 120;
  history[0].layers = {{.connections = 120,
                        .negatives = 75,
                        .positives = 75,
                        .dropped = 130,
                        .grown = 50,
                        .evaluated = 150}};
  EXPECT_EQ(connections_while_training(history).peak, 200);
  EXPECT_EQ(connections_while_training(history).mean, 150);
}

TEST(FixedPoint, IsNoneWhereWhatDropsOrIsWantedChanges) {
  Config config;
  EXPECT_TRUE(fixed_point(config, 1000, 0.5));
  config.zeta_schedule = Curve::kCosine;
  EXPECT_FALSE(fixed_point(config, 1000, 0.5));
  config.zeta_schedule = Curve::kConstant;
  config.density_schedule = Curve::kCubic;
  EXPECT_FALSE(fixed_point(config, 1000, 0.5));
}

TEST(FixedPoint, IsWhereTheEvolutionStays) {
  Config config;
  for (const std::int64_t zeta : {100000, 300000, 1000000}) {
    config.zeta_millionths = zeta;
    const double dropped = static_cast<double>(zeta) / 1e6;
    for (const double theta : {0.2, 0.7, 1.0}) {
      double n = 1000;
      for (int epoch = 0; epoch < 1000; ++epoch) {
        n -= dropped * n;
        n += theta * (1000 - n);
      }
      EXPECT_NEAR(fixed_point(config, 1000, theta).value(), n, 1e-9);
    }
  }
}

TEST(FixedPoint, IsNoneWhereNothingHoldsTheNumber) {
  Config config;
  EXPECT_FALSE(fixed_point(config, 1000, 0)) << "nothing grows";
  config.delta = GrowDelta::kRemoved;
  EXPECT_FALSE(fixed_point(config, 1000, 0.5)) << "growth does not refer to the initial number";
  config.delta = GrowDelta::kInitial;
  config.zeta_millionths = 0;
  EXPECT_FALSE(fixed_point(config, 1000, 0.5)) << "nothing is dropped";
}

// Of n connections 3·0.3·n grew in the last three evolutions, which leaves less than 0.3·n.
TEST(FixedPoint, IsNoneWhereAGraceLeavesTooFewToDrop) {
  Config config;
  config.grace = 2;
  EXPECT_TRUE(fixed_point(config, 1000, 0.5));
  config.grace = 3;
  EXPECT_FALSE(fixed_point(config, 1000, 0.5));
}

// What was recorded of the evolution after epoch 3 is not of the network that 4 epochs made.
TEST_F(ReadResult, OfTheBeginningOfALongerRun) {
  const RunResult run = read("5", {0.6, 0.3, 0.4, 0.5, 0.7}, 4);
  EXPECT_TRUE(run.complete());
  EXPECT_EQ(run.config.epochs, 4);
  EXPECT_EQ(run.recorded, 5U);
  EXPECT_EQ(run[Quantity::kAccuracy], 0.5);
  EXPECT_DOUBLE_EQ(run[Quantity::kTheta].value(), 0.6);
  EXPECT_EQ(run[Quantity::kPaused], 1);
}

TEST_F(ReadResult, OfAnUnfinishedRunHasNoValues) {
  const RunResult run = read("5", {0.6, 0.3});
  EXPECT_FALSE(run.complete());
  EXPECT_EQ(run.recorded, 2U);
  EXPECT_FALSE(run[Quantity::kAccuracy]);
}

// Its validation accuracy, 1 − accuracy, was best after the second epoch.
TEST_F(ReadResult, OfARunThatEndedEarlyIsComplete) {
  const std::vector<double> accuracies = {0.6, 0.3, 0.4, 0.5};
  const auto read_with = [&](const char* patience, std::optional<std::uint32_t> compared) {
    const auto path = dir_.path() / ("early" + std::to_string(++runs_));
    write_run(path, config_with({{"epochs", "9"}, {"patience", patience}}), accuracies);
    const RunRecords records = read_records(RunFolder::open(path));
    EXPECT_EQ(records.is_finished(), std::string(patience) == "2");
    return read_result(RunFolder::open(path), compared);
  };
  const RunResult run = read_with("2", std::nullopt);
  EXPECT_TRUE(run.complete());
  EXPECT_TRUE(run.stopped_early);
  EXPECT_EQ(run.recorded, 4U);
  EXPECT_EQ(run[Quantity::kAccuracy], 0.5);
  EXPECT_EQ(run[Quantity::kBestAccuracy], 0.3);
  EXPECT_EQ(read_with("2", 7)[Quantity::kAccuracy], 0.5) << "it has no seventh epoch, ever";
  EXPECT_EQ(read_with("2", 3)[Quantity::kAccuracy], 0.4);
  EXPECT_FALSE(read_with("3", std::nullopt).complete()) << "it goes on";
}

TEST_F(ReadResult, OfTheBestEpochGoesByTheMonitor) {
  const auto path = dir_.path() / "loss";
  // Each epoch's test loss is 1 − accuracy; its other losses are 0, of which the first is best.
  write_run(path, config_with({{"epochs", "3"}, {"monitor", "val_loss"}}), {0.4, 0.1, 0.2});
  EXPECT_EQ(read_result(RunFolder::open(path), std::nullopt)[Quantity::kBestAccuracy], 0.4);
}

TEST_F(ReadResult, OfAnUnfinishedRunUpToWhatItHas) {
  EXPECT_EQ(read("5", {0.6, 0.3}, 2)[Quantity::kAccuracy], 0.3);
}

TEST_F(ReadResult, OfOneEpochHasNoTheta) {
  EXPECT_FALSE(read("5", {0.6, 0.3}, 1)[Quantity::kTheta]);
}

TEST_F(ReadResult, KeepsTheLengthOfASchedule) {
  write_run(dir_.path() / "run", config_with({{"epochs", "3"}, {"schedule", "cosine"}}),
            {0.1, 0.2, 0.3});
  const RunFolder folder = RunFolder::open(dir_.path() / "run");
  EXPECT_EQ(read_result(folder, 2).config.decay_epochs, 3);
  EXPECT_EQ(read_result(folder, std::nullopt).config.decay_epochs, 0);
}

TEST_F(ReadResult, OfARunThatWasMadeLongerIsThatOfTheShorterOne) {
  const auto compared = [&](const char* epochs, const char* restarts, std::uint32_t after) {
    const auto path = dir_.path() / ("run" + std::to_string(++runs_));
    write_run(
        path,
        config_with({{"epochs", epochs}, {"schedule", "cosine"}, {"restart_epochs", restarts}}),
        std::vector<double>(std::stoul(epochs), 0.5));
    Config config = read_result(RunFolder::open(path), after).config;
    config.out = "";
    return config;
  };
  EXPECT_EQ(compared("6", "2,4", 2), compared("2", "", 2));
  EXPECT_EQ(compared("6", "2,4", 4), compared("4", "2", 4));
  EXPECT_EQ(compared("6", "2,4", 3), compared("4", "2", 3));
  EXPECT_EQ(compared("6", "2,4", 5).restart_epochs, (std::vector<std::int64_t>{2, 4}));
  EXPECT_EQ(compared("6", "2,4", 5).decay_epochs, 6);
}

TEST_F(ReadResult, OfARunThatKeptTheEndOfItsEvolutionIsThatOfTheShorterOne) {
  const auto compared = [&](const char* epochs, const char* evolution_epochs, std::uint32_t after) {
    const auto path = dir_.path() / ("run" + std::to_string(++runs_));
    write_run(path,
              config_with({{"epochs", epochs},
                           {"schedule", "constant"},
                           {"evolve_until", "0.5"},
                           {"evolution_epochs", evolution_epochs}}),
              std::vector<double>(std::stoul(epochs), 0.5));
    Config config = read_result(RunFolder::open(path), after).config;
    config.out = "";
    return config;
  };
  EXPECT_EQ(compared("6", "4", 4), compared("4", "0", 4));
  EXPECT_EQ(compared("6", "4", 2), compared("4", "0", 2));
  EXPECT_NE(compared("6", "0", 4), compared("4", "0", 4));
}

}  // namespace
}  // namespace regrow::tests

// What a run leaves in its folder, and that it says the truth.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <numeric>

#include "regrow/error.h"
#include "regrow/load_dataset.h"
#include "support/devices.h"
#include "support/temp_dir.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

class RunFiles : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    Config config = small_config(GetParam(), Method::kAccSet);
    config.learning_rate = 0.3;  // so that the last epoch is not the best one
    config.epochs = 8;
    history_ = whole_run(config, dir_.path() / "run");
  }

  RunFolder folder() const { return RunFolder::open(dir_.path() / "run"); }

  TempDir dir_;
  std::vector<EpochRecord> history_;
};

TEST_P(RunFiles, TheBestCheckpointIsTheNetworkThatScoredBest) {
  const std::size_t best = best_epoch(history_, Measure::kValAcc);
  ASSERT_LT(best + 1, history_.size());
  const Checkpoint saved = read_checkpoint(folder().best());
  ASSERT_EQ(saved.history.epochs, best + 1);
  EXPECT_FALSE(saved.history.last.theta.has_value()) << "before its evolution";
  EXPECT_EQ(saved.history.last.val_accuracy, history_[best].val_accuracy);
  EXPECT_EQ(saved.evolution.due, best);
  EXPECT_EQ(saved.evolution.performed, best);
  std::string lines;
  for (const EvolutionRecord& evolution : folder().read_evolutions()) {
    if (evolution.number < best) lines += to_json_line(evolution) + "\n";
  }
  EXPECT_EQ(saved.evolutions, extended({}, lines));

  const auto backend = make_backend(saved.device, backend_options(saved.config));
  backend->attach(std::make_shared<const Dataset>(load_dataset(saved.config)));
  backend->load(saved.network);
  const LossSums sums = backend->evaluate(Split::kValidation);
  EXPECT_EQ(static_cast<double>(sums.hits) / static_cast<double>(sums.samples),
            history_[best].val_accuracy);
}

TEST_P(RunFiles, TheLastCheckpointIsTheNetworkOfTheLastEpoch) {
  const Checkpoint saved = read_checkpoint(folder().last());
  EXPECT_EQ(saved.history.epochs, history_.size());
  EXPECT_EQ(saved.history.first, history_.front());
  EXPECT_EQ(saved.history.best, history_[best_epoch(history_, Measure::kValAcc)]);
  EXPECT_EQ(saved.history.last, history_.back());
  EXPECT_EQ(saved.progress.epoch, 8U);
  const auto backend = make_backend(saved.device, backend_options(saved.config));
  backend->attach(std::make_shared<const Dataset>(load_dataset(saved.config)));
  backend->load(saved.network);
  const LossSums sums = backend->evaluate(Split::kTest);
  EXPECT_EQ(sums.loss / static_cast<double>(sums.samples), history_.back().test_loss);
}

TEST_P(RunFiles, TheSummaryIsOfTheHistory) {
  const auto summary = nlohmann::json::parse(summary_of(folder().path()));
  EXPECT_EQ(summary["status"], "finished");
  EXPECT_EQ(summary["epochs"], 8);
  EXPECT_EQ(parse_epoch_record(summary["final"].dump(), "final"), history_.back());
  const EpochRecord& best = history_[best_epoch(history_, Measure::kValAcc)];
  EXPECT_EQ(parse_epoch_record(summary["best"].dump(), "best"), best);
  EXPECT_EQ(summary["initial_connections"], 96 + 105);
  EXPECT_EQ(summary["device"], GetParam());
}

TEST_P(RunFiles, AlphaAndBetaOfTheBestAreOfTheNetworkInItsCheckpoint) {
  const EpochRecord& best = history_[best_epoch(history_, Measure::kValAcc)];
  const std::uint64_t connections = hidden_connections(read_checkpoint(folder().best()).network);
  ASSERT_NE(connections, best.connections) << "those after the evolution";
  EXPECT_EQ(evaluated_connections(best), connections);
  const auto summary = nlohmann::json::parse(summary_of(folder().path()));
  EXPECT_EQ(summary["best"]["alpha"], best.test_accuracy / static_cast<double>(connections));
  EXPECT_EQ(summary["best"]["beta"], best.test_loss * static_cast<double>(connections));
}

TEST_P(RunFiles, TimingsHaveOneEntryAnEpoch) {
  const std::vector<EpochTimings> timings = folder().read_timings();
  ASSERT_EQ(timings.size(), 8U);
  for (std::uint32_t e = 0; e < 8; ++e) {
    EXPECT_EQ(timings[e].epoch, e);
    EXPECT_GT(timings[e].train, 0);
    EXPECT_GT(timings[e].evaluate, 0);
    EXPECT_GT(timings[e].snapshot, 0);
    EXPECT_GT(timings[e].topology, 0);
    EXPECT_GT(timings[e].histograms, 0);
    EXPECT_GT(timings[e].write, 0) << "its evolution, and the files since the line before";
    EXPECT_EQ(timings[e].evolve > 0, e < 7) << "no evolution after the last epoch";
  }
  const double sum =
      std::accumulate(timings.begin(), timings.end(), 0.0,
                      [](double seconds, const EpochTimings& t) { return seconds + t.total(); });
  const auto summary = nlohmann::json::parse(summary_of(folder().path()));
  EXPECT_NEAR(summary["seconds"].get<double>(), sum, 1e-9);
}

TEST(RunInProgress, IsNotCalledFinishedWhileItIsExtended) {
  const TempDir dir;
  const auto path = dir.path() / "run";
  Config config = small_config("reference", Method::kSet);
  config.epochs = 2;
  whole_run(config, path);
  std::string summary;
  TrainerEvents events;
  events.on_progress = [&](auto, auto, auto, auto) { summary = summary_of(path); };
  resume_run(path, 3, events).run();
  EXPECT_NE(summary.find(R"("status": "running")"), std::string::npos) << summary;
}

// The writer's error stops the run, whatever training does meanwhile.
TEST(RunInProgress, StopsWhereAFileCannotBeWrittenAndSaysFailed) {
  const TempDir dir;
  const auto last = dir.path() / "run" / "last.safetensors";
  TrainerEvents events;
  events.on_progress = [&](auto, auto, auto, auto) {
    if (!std::filesystem::is_regular_file(last)) return;
    std::filesystem::remove(last);
    std::filesystem::create_directory(last);  // so that the next checkpoint fails
  };
  try {
    start_run(small_config("reference", Method::kSet), last.parent_path(), events).run();
    FAIL() << "finished";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(last.string()), std::string::npos) << error.what();
  }
  const RunFolder folder = RunFolder::open(last.parent_path());
  EXPECT_EQ(folder.read_timings().size(), folder.read_metrics().size()) << "before its checkpoint";
  EXPECT_GE(folder.read_timings().size(), 1U);
  EXPECT_NE(summary_of(last.parent_path()).find(R"("status": "failed")"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Devices, RunFiles, testing::ValuesIn(kTestDevices),
                         [](const auto& test) { return test_name(test.param); });

}  // namespace
}  // namespace regrow::tests

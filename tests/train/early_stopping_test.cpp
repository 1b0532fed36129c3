// A run that ends for want of a better epoch is one that had so many epochs, and goes on with a
// larger patience as if it had had that from the start.
#include "regrow/early_stopping.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "regrow/load_dataset.h"
#include "support/devices.h"
#include "support/evolutions.h"
#include "support/temp_dir.h"
#include "train/run_content.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

/// Pauses and an adaptive θ, and a validation accuracy of 35 images, which soon stands still.
Config config_with(std::int64_t patience, double min_delta = 0) {
  Config config = small_config("cpu", Method::kDynSet, Measure::kValLoss);
  config.pause_gap = 1;
  config.pause_min_history = 2;
  config.learning_rate = 0.1;
  config.grow = rule_of("one_neighbour");
  config.epochs = 25;
  config.patience = patience;
  config.min_delta = min_delta;
  return config;
}

bool says_stopped_early(const std::filesystem::path& run) {
  return nlohmann::json::parse(summary_of(run)).at("stopped_early").get<bool>();
}

/// Goes on with another patience.
TrainingOutcome resume_with(const std::filesystem::path& path, std::int64_t patience,
                            double min_delta = 0) {
  const RunFolder folder = RunFolder::resume(path);
  Checkpoint state = read_checkpoint(folder.last());
  state.config.threads = 1;
  state.config.checkpoint_every.epochs = 1;
  const auto dataset = std::make_shared<const Dataset>(load_dataset(state.config));
  require_same_data(state, *dataset);
  RunLength length = length_of(state.config);
  length.patience = patience;
  length.min_delta = min_delta;
  change_length(state, *dataset, folder, length);
  auto backend = make_backend(state.device, backend_options(state.config));
  return Trainer(std::move(state), dataset, std::move(backend), folder).run();
}

class EarlyStop : public testing::Test {
 protected:
  std::filesystem::path path(const std::string& name) const { return dir_.path() / name; }

  const TempDir dir_;
};

TEST_F(EarlyStop, ComesAfterTheEpochThatIsOneTooManyWithoutEvolution) {
  const auto all = whole_run(config_with(0), path("all"));
  ASSERT_EQ(all.size(), 25U);
  EXPECT_FALSE(says_stopped_early(path("all")));
  Config config = config_with(3);
  const auto history = whole_run(config, path("run"));
  const std::size_t epochs = history.size();
  ASSERT_LT(epochs, 20U);
  ASSERT_GT(epochs, 4U) << "an improvement after the first epoch";

  resolve(config);
  EXPECT_TRUE(stops_early(config, std::span(history)));
  EXPECT_FALSE(stops_early(config, std::span(history).first(epochs - 1)));
  EXPECT_TRUE(std::equal(history.begin(), history.end() - 1, all.begin())) << "as without patience";
  EXPECT_TRUE(all[epochs - 1].theta);
  EXPECT_FALSE(history.back().theta) << "nothing evolves after it";
  EXPECT_EQ(history.back().val_loss, all[epochs - 1].val_loss);

  const Checkpoint last = read_checkpoint(path("run") / "last.safetensors");
  EXPECT_EQ(last.progress.epoch, epochs);
  EXPECT_TRUE(last.progress.evolution_pending);
  EXPECT_TRUE(has_stopped_early(last));
  EXPECT_TRUE(is_over(last));
  EXPECT_EQ(last.history.improved.epoch, epochs - 4);
  EXPECT_TRUE(says_stopped_early(path("run")));
  EXPECT_NE(summary_of(path("run")).find(R"("status": "finished")"), std::string::npos);
}

TEST_F(EarlyStop, IsNoneAtTheLastEpoch) {
  Config config = config_with(3);
  config.epochs = static_cast<std::int64_t>(whole_run(config, path("run")).size());
  whole_run(config, path("as long"));
  EXPECT_FALSE(says_stopped_early(path("as long")));
  EXPECT_FALSE(has_stopped_early(read_checkpoint(path("as long") / "last.safetensors")));
}

TEST_F(EarlyStop, AfterStopsAnywhereIsTheSame) {
  const Config config = config_with(3);
  whole_run(config, path("whole"));
  TrainingOutcome outcome = start_run(config, path("parts"), stopping_after(2)).run();
  int parts = 1;
  for (; outcome == TrainingOutcome::kInterrupted; ++parts) {
    outcome = resume_run(path("parts"), 0, stopping_after(2)).run();
  }
  EXPECT_GT(parts, 4);
  expect_same_run(path("parts"), path("whole"), {"previous.safetensors"});
}

TEST_F(EarlyStop, OfARunThatIsResumedChangesNothing) {
  whole_run(config_with(2), path("run"));
  const RunBytes before = bytes_of(path("run"));
  EXPECT_EQ(resume_run(path("run")).run(), TrainingOutcome::kFinished);
  EXPECT_EQ(bytes_of(path("run")), before);
  EXPECT_TRUE(says_stopped_early(path("run")));
}

TEST_F(EarlyStop, GoesOnWithMorePatienceAsIfItHadHadItAlways) {
  whole_run(config_with(6), path("long"));
  const auto epochs = RunFolder::open(path("long")).read_metrics().size();
  for (const std::int64_t first : {1, 3}) {
    const std::string name = std::to_string(first);
    ASSERT_LT(whole_run(config_with(first), path(name)).size(), epochs);
    EXPECT_EQ(resume_with(path(name), 6), TrainingOutcome::kFinished);
    // Written before it had more.
    expect_same_run(path(name), path("long"), {"initial.safetensors", "previous.safetensors"});
  }
  whole_run(config_with(0), path("all"));
  resume_with(path("1"), 0);
  expect_same_run(path("1"), path("all"), {"initial.safetensors", "previous.safetensors"});
}

/// Its last epoch has evolved: it cannot be the last one any more.
TEST_F(EarlyStop, WithLessPatienceComesAtTheEndOfTheNextEpoch) {
  Config impatient = config_with(1);
  resolve(impatient);
  std::vector<EpochRecord> records;
  TrainerEvents events;
  events.on_epoch = [&](const EpochRecord& record, const EpochTimings&) {
    records.push_back(record);
  };
  events.stop_requested = [&] { return stops_early(impatient, std::span(records)); };
  ASSERT_EQ(start_run(config_with(0), path("run"), events).run(), TrainingOutcome::kInterrupted);
  EXPECT_FALSE(says_stopped_early(path("run")));
  EXPECT_EQ(resume_with(path("run"), 1), TrainingOutcome::kFinished);
  const Checkpoint last = read_checkpoint(path("run") / "last.safetensors");
  EXPECT_GT(last.progress.epoch, records.size());
  EXPECT_TRUE(last.progress.evolution_pending);
  EXPECT_TRUE(says_stopped_early(path("run")));
}

TEST_F(EarlyStop, GoesOnWithAnotherMarginAsIfItHadHadItAlways) {
  // The smaller margin has had other improvements, also among the epochs of the first run.
  const auto longer = whole_run(config_with(3, 0.01), path("long"));
  const auto shorter = whole_run(config_with(3, 0.2), path("run"));
  ASSERT_LT(shorter.size(), longer.size());
  const Checkpoint before = read_checkpoint(path("run") / "last.safetensors");
  EXPECT_EQ(resume_with(path("run"), 3, 0.01), TrainingOutcome::kFinished);
  expect_same_run(path("run"), path("long"), {"initial.safetensors", "previous.safetensors"});
  const Checkpoint after = read_checkpoint(path("run") / "last.safetensors");
  EXPECT_NE(before.history.improved, after.history.improved);
}

TEST_F(EarlyStop, IsMadeOfTheMonitorThatChoosesTheBestNetwork) {
  for (const Measure monitor :
       {Measure::kLoss, Measure::kValLoss, Measure::kAcc, Measure::kValAcc}) {
    Config config = config_with(2);
    config.monitor = monitor;
    const auto run = path(name_of(monitor));
    const auto history = whole_run(config, run);
    const Checkpoint best = read_checkpoint(run / "best.safetensors");
    const std::size_t epoch = best_epoch(history, monitor);
    EXPECT_EQ(best.history.last.epoch, epoch);
    EXPECT_EQ(best.history.best.epoch, epoch);
    EXPECT_EQ(nlohmann::json::parse(summary_of(run)).at("best").at("epoch").get<std::size_t>(),
              epoch);
    for (const EpochRecord& record : history) {
      EXPECT_FALSE(
          is_better(monitor, measured(monitor, record), measured(monitor, history[epoch]), 0));
    }
  }
}

}  // namespace
}  // namespace regrow::tests

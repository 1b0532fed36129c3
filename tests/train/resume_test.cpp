// A run that is stopped, killed or extended ends with the same bytes as one that was left alone.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "regrow/error.h"
#include "regrow/load_dataset.h"
#include "support/devices.h"
#include "support/evolutions.h"
#include "support/temp_dir.h"
#include "train/run_content.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

class Resume : public testing::TestWithParam<std::string> {
 protected:
  /// Pauses, an adaptive θ, and momentum that lives across epochs.
  Config config() const {
    Config config = small_config(GetParam(), Method::kDynSet, Measure::kValLoss);
    config.pause_gap = 1;
    config.pause_min_history = 2;
    config.learning_rate = 0.1;
    config.grow = rule_of("one_neighbour");
    return config;
  }

  /// In a process of its own, which ends with epoch `kill` and without a further word.
  static void start_and_kill(const Config& config, const std::filesystem::path& path,
                             std::uint32_t kill) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      TrainerEvents events;
      events.on_epoch = [&](const EpochRecord& record, const EpochTimings&) {
        if (record.epoch == kill) std::_Exit(9);
      };
      start_run(config, path, events).run();
      std::_Exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_EQ(WEXITSTATUS(status), 9) << "it came to its end";
  }

  TempDir dir_;
};

TEST_P(Resume, AfterAStopAnywhereEqualsTheUndisturbedRun) {
  whole_run(config(), dir_.path() / "whole");
  int within_an_epoch = 0, between_epochs = 0;
  for (int pieces = 0; pieces < 6; ++pieces) {
    const auto path = dir_.path() / std::to_string(pieces);
    {
      Trainer first = start_run(config(), path, stopping_after(pieces));
      if (first.run() == TrainingOutcome::kFinished) break;
      ++(first.progress().step > 0 ? within_an_epoch : between_epochs);
    }
    EXPECT_NE(summary_of(path).find(R"("status": "interrupted")"), std::string::npos);
    EXPECT_EQ(resume_run(path).run(), TrainingOutcome::kFinished);
    SCOPED_TRACE(pieces);
    expect_same_run(path, dir_.path() / "whole");
    EXPECT_NE(summary_of(path).find(R"("status": "finished")"), std::string::npos);
  }
  EXPECT_GT(within_an_epoch, 0);
  EXPECT_GT(between_epochs, 0);
}

TEST_P(Resume, StoppedAgainAndAgainEqualsTheUndisturbedRun) {
  for (const MomentumReset reset :
       {MomentumReset::kEpoch, MomentumReset::kGrown, MomentumReset::kNever}) {
    Config config = this->config();
    config.momentum_reset = reset;
    config.epochs = 3;
    const std::string name = std::to_string(static_cast<int>(reset));
    whole_run(config, dir_.path() / ("whole" + name));
    const auto path = dir_.path() / ("parts" + name);
    TrainingOutcome outcome = start_run(config, path, stopping_after(2)).run();
    int parts = 1;
    for (; outcome == TrainingOutcome::kInterrupted; ++parts) {
      outcome = resume_run(path, 0, stopping_after(2)).run();
    }
    EXPECT_GT(parts, 4);
    expect_same_run(path, dir_.path() / ("whole" + name), {"previous.safetensors"});
  }
}

TEST_P(Resume, AfterAKillGoesOnFromTheLastCheckpoint) {
  for (const std::int64_t every : {1, 3}) {
    Config config = this->config();
    config.checkpoint_every.epochs = every;
    const auto whole = dir_.path() / ("whole" + std::to_string(every));
    whole_run(config, whole);
    for (const std::uint32_t kill : {1U, 3U}) {
      const auto path = dir_.path() / (std::to_string(every) + "-" + std::to_string(kill));
      start_and_kill(config, path, kill);
      // What was handed over last may not have been written.
      const auto done = read_checkpoint(path / "last.safetensors").progress.epoch;
      EXPECT_EQ(done % every, 0);
      EXPECT_LE(done, kill + 1);
      resume_run(path).run();
      EXPECT_EQ(RunFolder::open(path).read_timings().size(), 5U) << "those of lost epochs are gone";
      // Of another checkpoint_every: it is no part of a checkpoint.
      expect_same_run(path, whole, {"config.toml", "previous.safetensors"});
    }
  }
}

TEST_P(Resume, WithMoreEpochsEqualsOneLongRun) {
  Config config = this->config();
  whole_run(config, dir_.path() / "long");
  for (const std::int64_t first : {1, 4}) {
    config.epochs = first;
    const auto path = dir_.path() / std::to_string(first);
    const auto history = whole_run(config, path);
    EXPECT_FALSE(history.back().theta.has_value());
    resume_run(path, 5).run();
    // Written before the run was made longer.
    expect_same_run(path, dir_.path() / "long", {"initial.safetensors", "previous.safetensors"});
  }
}

TEST_P(Resume, KilledWhileItIsExtendedKeepsItsNewLength) {
  Config config = this->config();
  config.learning_rate = 0.3;
  config.epochs = 8;
  const auto history = whole_run(config, dir_.path() / "long");
  config.epochs = static_cast<std::int64_t>(best_epoch(history, Measure::kValAcc)) + 1;
  ASSERT_LT(config.epochs, 8) << "no later epoch writes best.safetensors anew";
  const auto dataset = load_dataset(config);
  for (const bool best_written : {true, false}) {
    const auto path = dir_.path() / (best_written ? "both" : "last only");
    whole_run(config, path);
    const RunFolder folder = RunFolder::open(path);
    const std::string former_best = read_file(folder.best());
    Checkpoint state = read_checkpoint(folder.last());
    change_length(state, dataset, RunFolder::resume(path), {8, {}});
    if (!best_written) write_file_atomically(folder.best(), former_best);
    EXPECT_EQ(resume_run(path).run(), TrainingOutcome::kFinished);
    expect_same_run(path, dir_.path() / "long", {"initial.safetensors", "previous.safetensors"});
  }
}

TEST_P(Resume, WithMoreEpochsACosineStartsAgain) {
  Config config = this->config();
  config.schedule = Schedule::kCosine;
  set_length(config, {6, {2, 5}});
  whole_run(config, dir_.path() / "long");
  set_length(config, {2, {}});
  const auto path = dir_.path() / "run";
  whole_run(config, path);
  resume_run(path, 5).run();
  resume_run(path, 6).run();
  expect_same_run(path, dir_.path() / "long", {"initial.safetensors", "previous.safetensors"});
}

TEST_P(Resume, KilledWhileItIsExtendedACosineStartsAgainOnce) {
  Config config = this->config();
  config.schedule = Schedule::kCosine;
  set_length(config, {4, {2}});
  whole_run(config, dir_.path() / "long");
  set_length(config, {2, {}});
  const auto dataset = load_dataset(config);
  for (const bool best_written : {true, false}) {
    const auto path = dir_.path() / (best_written ? "both" : "last only");
    whole_run(config, path);
    const RunFolder folder = RunFolder::open(path);
    const std::string former_best = read_file(folder.best());
    Checkpoint state = read_checkpoint(folder.last());
    change_length(state, dataset, RunFolder::resume(path), length_with(config, 4));
    EXPECT_EQ(length_of(read_checkpoint(folder.best()).config), (RunLength{4, {2}}));
    if (!best_written) write_file_atomically(folder.best(), former_best);
    EXPECT_EQ(resume_run(path, 4).run(), TrainingOutcome::kFinished);
    expect_same_run(path, dir_.path() / "long", {"initial.safetensors", "previous.safetensors"});
  }
}

TEST_P(Resume, DoesNotNeedTheBestNetwork) {
  Config config = this->config();
  whole_run(config, dir_.path() / "long");
  config.epochs = 2;
  const auto path = dir_.path() / "run";
  whole_run(config, path);
  write_file_atomically(RunFolder::open(path).best(), "damaged");
  resume_run(path, 5).run();
  const RunBytes bytes = bytes_of(path), whole = bytes_of(dir_.path() / "long");
  EXPECT_EQ(bytes.last, whole.last);
  EXPECT_EQ(bytes.metrics, whole.metrics);
}

TEST_P(Resume, OfAFinishedRunChangesNothing) {
  whole_run(config(), dir_.path() / "run");
  const RunBytes before = bytes_of(dir_.path() / "run");
  EXPECT_EQ(resume_run(dir_.path() / "run").run(), TrainingOutcome::kFinished);
  EXPECT_EQ(bytes_of(dir_.path() / "run"), before);
}

INSTANTIATE_TEST_SUITE_P(Devices, Resume, testing::ValuesIn(kTestDevices),
                         [](const auto& test) { return test_name(test.param); });

// Activations live within a step, and nothing of them is in a checkpoint: also where an evolution
// takes a step's place.
TEST(ResumeInBfloat16, AfterAStopAnywhereEqualsTheUndisturbedRun) {
  for (const Method method : {Method::kDynSet, Method::kRigl}) {
    const TempDir dir;
    Config config = small_config(kTestDevice, method);
    config.activation_dtype = ActivationStorage::kBFloat16;
    config.epochs = 3;
    if (method == Method::kRigl) config.evolve_every = {0, 3};
    whole_run(config, dir.path() / "whole");
    int stops = 0;
    for (int pieces = 0;; ++pieces, ++stops) {
      const auto path = dir.path() / std::to_string(pieces);
      if (start_run(config, path, stopping_after(pieces)).run() == TrainingOutcome::kFinished) {
        break;
      }
      EXPECT_EQ(resume_run(path).run(), TrainingOutcome::kFinished);
      SCOPED_TRACE(pieces);
      // Stopped within its last epoch a run has that state for its previous one.
      expect_same_run(path, dir.path() / "whole", {"previous.safetensors"});
    }
    EXPECT_GT(stops, 4);
    config.activation_dtype = ActivationStorage::kFloat32;
    whole_run(config, dir.path() / "fp32");
    EXPECT_NE(bytes_of(dir.path() / "fp32").metrics, bytes_of(dir.path() / "whole").metrics);
  }
}

TEST(ChangeLength, RefusesFewerEpochsThanAreDone) {
  const TempDir dir;
  whole_run(small_config("reference", Method::kSet), dir.path() / "run");
  EXPECT_THROW(resume_run(dir.path() / "run", 4), UsageError);
}

TEST(ChangeLength, RefusesMoreStepsThanRandomStreamsHaveAndWritesNothing) {
  const TempDir dir;
  Config config = small_config("reference", Method::kSet);
  config.synthetic_train = 5035;  // 5000 are trained on
  config.epochs = config.checkpoint_every.epochs = 1;
  config.batch = 1000;
  whole_run(config, dir.path() / "run");
  const RunFolder folder = RunFolder::open(dir.path() / "run");
  const RunBytes before = bytes_of(folder.path());
  Checkpoint state = read_checkpoint(folder.last());
  state.config.batch = 1;
  const Dataset dataset = load_dataset(config);
  EXPECT_THROW(change_length(state, dataset, folder, {1000000, {}}), UsageError);
  EXPECT_EQ(state.config.epochs, 1);
  EXPECT_EQ(bytes_of(folder.path()), before);
}

TEST(StepsPerEpoch, OfAllEpochsStayBelow2To32) {
  Dataset dataset;
  dataset.train.labels.resize(1 << 16);
  dataset.train_ids.resize(1 << 16);
  Config config;
  config.batch = 1;
  config.epochs = (1 << 16) - 1;
  EXPECT_EQ(steps_per_epoch(config, dataset), 1U << 16);
  config.epochs = 1 << 16;
  try {
    steps_per_epoch(config, dataset);
    FAIL() << "accepted";
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("at most 65535"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace regrow::tests

// What a run that goes on leaves as it was: the files of its start, the lines and events of epochs
// that are done, and nothing of those that it repeats.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>

#include "io/event_reader.h"
#include "support/devices.h"
#include "support/evolutions.h"
#include "support/temp_dir.h"
#include "train/run_content.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

namespace fs = std::filesystem;

/// A stop in the epoch `epoch`, once it has come to the step `step`.
TrainerEvents stopping_in(std::uint32_t epoch, std::uint32_t step) {
  auto reached = std::make_shared<bool>(false);
  TrainerEvents events;
  events.on_progress = [=](std::uint32_t e, std::uint32_t s, auto, auto) {
    *reached = *reached || (e == epoch && s >= step);
  };
  events.on_epoch = [=](const EpochRecord& record, const EpochTimings&) {
    *reached = *reached || (step == 0 && record.epoch + 1 == epoch);
  };
  events.stop_requested = [=] { return *reached; };
  return events;
}

/// Which file it is, whether it was written to since, and what it holds.
struct Identity {
  ino_t file = 0;
  std::int64_t written_nanoseconds = 0;
  std::string bytes;

  bool operator==(const Identity&) const = default;
};

Identity identity_of(const fs::path& path) {
  struct stat status = {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return {status.st_ino, status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec,
          read_file(path)};
}

class ResumedFiles : public testing::Test {
 protected:
  static Config config() {
    Config config = small_config(kTestDevice, Method::kDynSet, Measure::kValLoss);
    config.grow = rule_of("one_neighbour");
    return config;
  }

  fs::path at(const std::string& name) const { return dir_.path() / name; }
  fs::path run() const { return at("run"); }
  RunFolder folder() const { return RunFolder::open(run()); }
  std::vector<Event> events() const { return events_of(read_file(folder().events())); }

  void stop_within_epoch_1() const {
    Trainer trainer = start_run(config(), run(), stopping_in(1, 1));
    ASSERT_EQ(trainer.run(), TrainingOutcome::kInterrupted);
    ASSERT_GT(trainer.progress().step, 0U);
    ASSERT_EQ(trainer.progress().epoch, 1U);
  }

  void plant_timings(const std::vector<EpochTimings>& timings) const {
    std::string lines;
    for (const EpochTimings& epoch : timings) lines += to_json_line(epoch) + "\n";
    write_file_atomically(run() / "timings.jsonl", lines);
  }

  void go_back_to(const fs::path& checkpoint) const {
    RunFolder::resume(run()).go_back_to(checkpoint);
  }

  TempDir dir_;
};

TEST_F(ResumedFiles, OfTheStartAreLeftAsTheyAre) {
  stop_within_epoch_1();
  const Identity initial = identity_of(folder().initial());
  const std::string settings = read_file(folder().config());
  resume_run(run(), 0, stopping_in(2, 0)).run();
  EXPECT_EQ(read_file(folder().config()), settings);
  resume_run(run()).run();
  EXPECT_EQ(read_file(folder().config()), settings);
  go_back_to(folder().previous());
  resume_run(run()).run();
  EXPECT_EQ(read_file(folder().config()), settings);
  resume_run(run(), 6).run();
  EXPECT_TRUE(identity_of(folder().initial()) == initial);
}

TEST_F(ResumedFiles, OfAFinishedRunAreAllLeftAsTheyAre) {
  whole_run(config(), run());
  std::map<std::string, Identity> before;
  for (const auto& entry : fs::directory_iterator(run())) {
    before[entry.path().filename().string()] = identity_of(entry.path());
  }
  resume_run(run()).run();
  for (const auto& [name, identity] : before) {
    const Identity after = identity_of(run() / name);
    EXPECT_TRUE(after.bytes == identity.bytes) << name << ", seconds included";
    const bool is_kept = name.ends_with(".safetensors") || name == folder().events().filename();
    EXPECT_TRUE(!is_kept || after == identity) << name << " was written again";
  }
}

TEST_F(ResumedFiles, AreThoseOfTheUndisturbedRunWhateverHappened) {
  whole_run(config(), at("whole"));
  // Stopped within an epoch, and within the same again; between epochs; gone back.
  stop_within_epoch_1();
  resume_run(run(), 0, stopping_in(1, 6)).run();
  resume_run(run(), 0, stopping_in(3, 0)).run();
  EXPECT_EQ(folder().read_timings().size(), 3U) << "none of an epoch that has not begun";
  resume_run(run(), 0, stopping_in(3, 3)).run();
  EXPECT_EQ(folder().read_timings().size(), 4U);
  EXPECT_NE(summary_of(run()).find(R"("epochs": 3,)"), std::string::npos);
  go_back_to(folder().previous());
  resume_run(run()).run();
  expect_same_run(run(), at("whole"));
  go_back_to(folder().previous());
  resume_run(run()).run();
  expect_same_run(run(), at("whole"));
  go_back_to(folder().initial());
  resume_run(run()).run();
  expect_same_run(run(), at("whole"));
}

// Its masks at the last epoch's end, what has dropped and grown since, and cells that did both.
TEST_F(ResumedFiles, KnowWhatEvolvedInTheEpochBeforeTheStop) {
  Config config = this->config();
  config.evolve_every = {0, 2};
  whole_run(config, at("whole"));
  for (const std::uint32_t step : {3U, 7U}) {
    SCOPED_TRACE(step);
    ASSERT_EQ(start_run(config, run(), stopping_in(1, step)).run(), TrainingOutcome::kInterrupted);
    ASSERT_GE(read_checkpoint(folder().last()).progress.evolved.due, step / 2);
    resume_run(run()).run();
    expect_same_run(run(), at("whole"), {"previous.safetensors"});
    fs::remove_all(run());
  }
}

TEST_F(ResumedFiles, KeepTheTimingsOfWhatWasDone) {
  stop_within_epoch_1();
  std::vector<EpochTimings> planted = folder().read_timings();
  ASSERT_EQ(planted.size(), 2U);
  for (EpochTimings& epoch : planted) epoch.train += 1000 * (epoch.epoch + 1);
  plant_timings(planted);
  resume_run(run()).run();
  const std::vector<EpochTimings> timings = folder().read_timings();
  ASSERT_EQ(timings.size(), 5U);
  EXPECT_EQ(to_json_line(timings[0]), to_json_line(planted[0]));
  EXPECT_GT(timings[1].train, planted[1].train) << "both parts of the epoch";
  EXPECT_LT(timings[1].train, planted[1].train + 1000);
  EXPECT_LT(timings[2].train, 1000);
}

// Those of a killed run may be further than its checkpoint.
TEST_F(ResumedFiles, CountNoSecondsOfAnEpochThatIsRepeated) {
  start_run(config(), run(), stopping_in(2, 0)).run();
  std::vector<EpochTimings> planted = folder().read_timings();
  ASSERT_EQ(planted.size(), 2U);
  planted.push_back({.epoch = 2, .train = 1000});
  planted.push_back({.epoch = 3, .train = 1000});
  plant_timings(planted);
  resume_run(run()).run();
  const std::vector<EpochTimings> timings = folder().read_timings();
  ASSERT_EQ(timings.size(), 5U);
  for (const EpochTimings& epoch : timings) EXPECT_LT(epoch.train, 1000) << epoch.epoch;
}

TEST_F(ResumedFiles, HoldTheEventsThatWereThere) {
  stop_within_epoch_1();
  const std::string before = read_file(folder().events());
  EXPECT_EQ(events_of(before).size(), 1U) << "none of the epoch that is half done";
  resume_run(run()).run();
  EXPECT_TRUE(read_file(folder().events()).starts_with(before));
}

TEST_F(ResumedFiles, HoldNoHistogramsOfALaterNetwork) {
  whole_run(config(), at("whole"));
  const auto whole = events_of(read_file(RunFolder::open(at("whole")).events()));
  for (const bool within_an_epoch : {false, true}) {
    SCOPED_TRACE(within_an_epoch);
    if (within_an_epoch) {
      stop_within_epoch_1();
    } else {
      start_run(config(), run(), stopping_in(2, 0)).run();
    }
    fs::remove(folder().events());
    resume_run(run()).run();
    const std::vector<Event> events = this->events();
    ASSERT_EQ(events.size(), 5U);
    for (std::size_t e = 0; e < 5; ++e) {
      EXPECT_EQ(events[e].step, e);
      EXPECT_EQ(events[e].scalars[0], whole[e].scalars[0]);
      // Of epoch 1, between epochs, the network is that of the checkpoint.
      EXPECT_TRUE(events[e].histograms == (e > 0 ? whole[e].histograms : std::vector<Histogram>()))
          << "of epoch " << e;
    }
    fs::remove_all(run());
  }
}

TEST_F(ResumedFiles, OfARunMadeLongerHoldTheLastEpochWithItsEvolution) {
  whole_run(config(), at("whole"));
  Config shorter = config();
  shorter.epochs = 2;
  whole_run(shorter, run());
  resume_run(run(), 5, stopping_in(2, 3)).run();
  resume_run(run()).run();
  expect_same_run(run(), at("whole"), {"initial.safetensors"});
}

}  // namespace
}  // namespace regrow::tests

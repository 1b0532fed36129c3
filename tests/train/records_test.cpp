// The files that grow while a run is trained: cut back to what a checkpoint counts, refused where
// they lack it, and the same however often, and how fast, a run is saved.
#include <gtest/gtest.h>

#include <fstream>

#include "regrow/error.h"
#include "support/temp_dir.h"
#include "train/metrics_file.h"
#include "train/recovery.h"
#include "train/run_content.h"
#include "train/small_run.h"
#include "train/timings_file.h"

namespace regrow::tests {
namespace {

namespace fs = std::filesystem;

class Records : public testing::Test {
 protected:
  static Config config() { return small_config("cpu", Method::kDynSet, Measure::kValLoss); }

  fs::path at(const std::string& name) const { return dir_.path() / name; }
  fs::path run() const { return at("run"); }

  void put(const fs::path& file, const std::string& bytes) const {
    std::ofstream(file, std::ios::binary) << bytes;
  }

  TempDir dir_;
};

// A kill may come after any byte of a line, and a checkpoint is older than the lines.
TEST_F(Records, AreCutBackToWhatTheCheckpointCounts) {
  whole_run(config(), run());
  const std::string whole = read_file(run() / "metrics.jsonl");
  const std::size_t last_line = whole.rfind('\n', whole.size() - 2) + 1;
  for (const std::string& metrics :
       {whole.substr(0, last_line), whole.substr(0, last_line + 10),
        whole.substr(0, whole.size() - 1), whole + "{\"epoch\":", whole + whole}) {
    put(run() / "metrics.jsonl", metrics);
    resume_run(run()).run();
    EXPECT_TRUE(read_file(run() / "metrics.jsonl") == whole) << metrics.size();
  }
}

TEST_F(Records, ThatTheCheckpointCountsAreRefusedByNameWhereTheyAreLost) {
  whole_run(config(), run());
  const std::string whole = read_file(run() / "metrics.jsonl");
  std::string other = whole;
  ++other[whole.size() / 2];
  const Checkpoint state = read_checkpoint(run() / "last.safetensors");
  const RunFolder folder = RunFolder::open(run());
  EXPECT_NO_THROW(check_metrics(folder, state));
  const struct {
    std::string bytes;
    const char* expected;
  } cases[] = {{"", "bytes are missing of the"},
               {whole.substr(0, whole.size() / 2), "bytes are missing of the"},
               {other, "its first 4 lines are not those of this run"}};
  for (const auto& [bytes, expected] : cases) {
    put(run() / "metrics.jsonl", bytes);
    try {
      check_metrics(folder, state);
      FAIL() << "believed: " << bytes.size();
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_EQ(message.rfind((run() / "metrics.jsonl").string() + ": ", 0), 0U) << message;
      EXPECT_NE(message.find(expected), std::string::npos) << message;
      EXPECT_NE(message.find("--from previous, or --from initial"), std::string::npos) << message;
    }
    EXPECT_THROW(resume_run(run()).run(), Error);
    EXPECT_TRUE(read_file(run() / "metrics.jsonl") == bytes) << "refused, and changed";
  }
  fs::remove(run() / "metrics.jsonl");
  EXPECT_THROW(check_metrics(folder, state), Error);
}

TEST_F(Records, OfEvolutionsAreCutBackAndRefusedAsThoseOfEpochs) {
  whole_run(config(), run());
  const fs::path file = run() / "evolutions.jsonl";
  const std::string whole = read_file(file);
  for (const std::string& more : {whole + "{\"number\":", whole + whole}) {
    put(file, more);
    resume_run(run()).run();
    EXPECT_TRUE(read_file(file) == whole) << more.size();
  }
  std::string other = whole;
  ++other[whole.size() / 2];
  const struct {
    std::string bytes;
    const char* expected;
  } cases[] = {{"", "of 4 evolutions"}, {other, "its first 4 lines are not those of this run"}};
  for (const auto& [bytes, expected] : cases) {
    put(file, bytes);
    try {
      resume_run(run()).run();
      FAIL() << "believed: " << bytes.size();
    } catch (const Error& error) {
      const std::string message = error.what();
      EXPECT_EQ(message.rfind(file.string() + ": ", 0), 0U) << message;
      EXPECT_NE(message.find(expected), std::string::npos) << message;
    }
    EXPECT_TRUE(read_file(file) == bytes) << "refused, and changed";
  }
}

TEST_F(Records, AreAllThereWhereTheLastLineIsToo) {
  whole_run(config(), run());
  const Checkpoint state = read_checkpoint(run() / "last.safetensors");
  const RunFolder folder = RunFolder::open(run());
  const std::string whole = read_file(folder.metrics());
  EXPECT_TRUE(has_all_metrics(folder, state));
  put(folder.metrics(), whole.substr(0, whole.size() - 1));
  EXPECT_FALSE(has_all_metrics(folder, state));
  put(folder.metrics(), whole + "x");
  EXPECT_FALSE(has_all_metrics(folder, state));
  fs::remove(folder.metrics());
  EXPECT_FALSE(has_all_metrics(folder, state));
}

TEST_F(Records, LeadToTheNewestStateThatIsWhole) {
  whole_run(config(), run());
  const RunFolder folder = RunFolder::open(run());
  const auto newest = [&] {
    const auto whole = newest_whole_state(folder);
    return whole ? whole->name : "none";
  };
  const std::string metrics = read_file(folder.metrics());
  EXPECT_EQ(newest(), "last");
  put(folder.metrics(), metrics.substr(0, metrics.rfind('\n', metrics.size() - 2)));
  EXPECT_EQ(newest(), "previous") << "which counts one line fewer";
  put(folder.metrics(), "");
  EXPECT_EQ(newest(), "initial");
  put(folder.metrics(), metrics);
  put(folder.last(), std::string(1000, '\0'));
  EXPECT_EQ(newest(), "previous");
  fs::remove(folder.previous());
  EXPECT_EQ(newest(), "initial");
  put(folder.initial(), "");
  EXPECT_EQ(newest(), "none");
}

// Whichever checkpoints are left out, and whenever they are written.
TEST_F(Records, DoNotDependOnHowOftenTheStateIsSaved) {
  whole_run(config(), at("whole"));
  const CheckpointInterval intervals[] = {{}, {.seconds = 1e-9}, {.seconds = 1e9}, {.epochs = 3}};
  for (const CheckpointInterval& interval : intervals) {
    Config config = this->config();
    config.checkpoint_every = interval;
    const fs::path path = at(std::to_string(&interval - intervals));
    whole_run(config, path);
    expect_same_run(path, at("whole"), {"config.toml", "previous.safetensors"});
  }
}

TEST_F(Records, OfTimesAreKeptUpToTheFirstThatIsNotOfTheRun) {
  const RunFolder folder = RunFolder::create(run(), false);
  const auto line = [](std::uint32_t epoch, double train) {
    return to_json_line(EpochTimings{.epoch = epoch, .train = train}) + "\n";
  };
  const auto seconds_of = [&](const std::string& lines, std::uint32_t first_epoch) {
    put(folder.timings(), lines);
    return TimingsFile(folder, first_epoch).seconds();
  };
  using Seconds = std::vector<double>;
  const std::string good = line(0, 1) + line(1, 2);
  EXPECT_EQ(seconds_of(good + line(2, 3), 3), (Seconds{1, 2, 3}));
  EXPECT_EQ(seconds_of(good + line(2, 3), 2), (Seconds{1, 2}));
  EXPECT_EQ(read_file(folder.timings()), good) << "cut back";
  EXPECT_EQ(seconds_of(good + line(2, 3).substr(0, 20), 3), (Seconds{1, 2})) << "a torn line";
  EXPECT_EQ(seconds_of(good + "damaged\n" + line(2, 3), 3), (Seconds{1, 2}));
  EXPECT_EQ(read_file(folder.timings()), good);
  EXPECT_EQ(seconds_of(good + line(1, 9), 3), (Seconds{1, 2})) << "an epoch twice";
  EXPECT_EQ(seconds_of(line(0, 1) + line(2, 3), 3), (Seconds{1, 3})) << "a lost line is no error";
  EXPECT_EQ(seconds_of("", 3), Seconds());

  put(folder.timings(), good + line(2, 3));
  TimingsFile timings(folder, 2);
  EXPECT_EQ(timings.begun().epoch, 2U);
  EXPECT_EQ(timings.begun().train, 3);
  timings.append_begun({.epoch = 2, .train = 5});
  EXPECT_EQ(timings.seconds(), (Seconds{1, 2}));
}

}  // namespace
}  // namespace regrow::tests

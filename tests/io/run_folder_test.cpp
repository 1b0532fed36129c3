// A run's folder: what may be overwritten, and what its files hold.
#include "regrow/run_folder.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "io/append_file.h"
#include "io/io_test_support.h"
#include "io/sample_checkpoint.h"
#include "io/summary.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

/// A folder as a killed run leaves it.
void make_run(const fs::path& path) {
  fs::create_directories(path);
  for (const char* name :
       {"config.toml", "metrics.jsonl", "timings.jsonl", "summary.json", "last.safetensors",
        "best.safetensors", ".last.safetensors.17.aside", ".lock"}) {
    put_bytes(path / name, "x");
  }
}

TEST(RunFolder, IsMadeWithItsParents) {
  const TempDir dir;
  const RunFolder run = RunFolder::create(dir.path() / "a" / "b" / "run", false);
  EXPECT_TRUE(fs::is_directory(dir.path() / "a" / "b" / "run"));
  EXPECT_EQ(run.last(), dir.path() / "a" / "b" / "run" / "last.safetensors");
}

TEST(RunFolder, TakesAnEmptyFolder) {
  const TempDir dir;
  EXPECT_EQ(RunFolder::create(dir.path(), false).path(), dir.path());
}

TEST(RunFolder, RefusesAFormerRunWithoutForceAndTouchesNothing) {
  const TempDir dir;
  make_run(dir.path());
  const std::string message = error_of([&] { RunFolder::create(dir.path(), false); });
  EXPECT_TRUE(contains(message, dir.path().string())) << message;
  EXPECT_TRUE(contains(message, "--force") && contains(message, "--resume")) << message;
  EXPECT_EQ(entries_in(dir.path()), 8U);
}

TEST(RunFolder, RemovesOnlyARunsFilesWithForce) {
  const TempDir dir;
  make_run(dir.path());
  for (const char* name : {"notes.txt", "model.safetensors", ".other.17.aside"}) {
    put_bytes(dir.path() / name, "mine");
  }
  fs::create_directory(dir.path() / "plots");
  RunFolder::create(dir.path(), true);
  EXPECT_EQ(entries_in(dir.path()), 5U) << "those four and the lock file";
  EXPECT_EQ(bytes_of(dir.path() / "notes.txt"), "mine");
}

/// As a run leaves it that is killed, or meets a full disk, in its first milliseconds.
void make_unstarted_run(const fs::path& path) {
  for (const char* name : {".lock", "config.toml", ".last.safetensors.17.aside"}) {
    put_bytes(path / name, "x");
  }
}

TEST(RunFolder, ReplacesARunKilledBeforeAnythingWasTrainedWithoutForce) {
  const TempDir dir;
  make_unstarted_run(dir.path());
  RunFolder::create(dir.path(), false);
  EXPECT_EQ(entries_in(dir.path()), 1U) << "the lock file";
}

TEST(RunFolder, DoesNotGoOnWithARunKilledBeforeAnythingWasTrained) {
  const TempDir dir;
  make_unstarted_run(dir.path());
  const std::string message = error_of([&] { RunFolder::resume(dir.path()); });
  EXPECT_TRUE(contains(message, "nothing was trained yet; start the run again")) << message;
  EXPECT_TRUE(contains(message, "config.toml --out " + dir.path().string())) << message;
}

TEST(RunFolder, GoesOnWithoutWhatKilledWritersLeft) {
  const TempDir dir;
  make_run(dir.path());
  put_bytes(dir.path() / ".other.17.aside", "mine");
  RunFolder::resume(dir.path());
  EXPECT_FALSE(fs::exists(dir.path() / ".last.safetensors.17.aside"));
  EXPECT_EQ(entries_in(dir.path()), 8U) << "six files, the lock file and mine";
}

TEST(RunFolder, KeepsASecondWriterOutAsLongAsTheFirstLives) {
  const TempDir dir;
  const fs::path path = dir.path() / "run";
  {
    const RunFolder copy = [&] { return RunFolder(RunFolder::create(path, false)); }();
    put_bytes(path / "config.toml", "x");
    put_bytes(path / "last.safetensors", "x");
    put_bytes(path / ".last.safetensors.17.aside", "being written");
    for (const std::string& message : {error_of([&] { RunFolder::create(path, true); }),
                                       error_of([&] { RunFolder::resume(path); })}) {
      EXPECT_TRUE(contains(message, path.string() + ": another run is writing to it")) << message;
    }
    EXPECT_EQ(RunFolder::open(path).path(), path) << "readers need not wait";
    EXPECT_EQ(entries_in(path), 4U);
  }
  RunFolder::resume(path);
  RunFolder::create(path, true);
}

TEST(RunFolder, RefusesAFolderOfSomethingElseEvenWithForce) {
  const TempDir dir;
  put_bytes(dir.path() / "thesis.tex", "x");
  put_bytes(dir.path() / "config.toml", "x");  // another program's
  for (const bool force : {false, true}) {
    const std::string message = error_of([&] { RunFolder::create(dir.path(), force); });
    EXPECT_TRUE(contains(message, "holds no run; choose another --out")) << message;
  }
  EXPECT_EQ(entries_in(dir.path()), 2U);
}

TEST(RunFolder, KeepsAFormerRunWhereAFolderHasTheNameOfAFile) {
  for (const char* name :
       {"config.toml", "previous.safetensors", "summary.json", "events.out.tfevents.0.regrow"}) {
    const TempDir dir;
    put_bytes(dir.path() / "config.toml", "x");
    put_bytes(dir.path() / "metrics.jsonl", "x");
    put_bytes(dir.path() / "last.safetensors", "x");
    fs::remove(dir.path() / name);
    fs::create_directory(dir.path() / name);
    const std::size_t before = entries_in(dir.path());
    EXPECT_TRUE(contains(error_of([&] { RunFolder::create(dir.path(), true); }),
                         (dir.path() / name).string() +
                             ": cannot be written: it is a folder, not a regular file; move it"))
        << name;
    EXPECT_EQ(entries_in(dir.path()), before) << "nothing is removed, and no lock file is made";
  }
}

TEST(RunFolder, SaysThatItFailedWhereverItWasMoved) {
  const TempDir dir;
  const fs::path path = dir.path() / "run", moved = dir.path() / "moved";
  const RunFolder run = RunFolder::create(path, false);
  Summary summary;
  summary.status = "running";
  run.write_summary(summary);
  fs::rename(path, moved);
  fs::create_directory(path);
  put_bytes(path / "summary.json", R"("status": "running",)");
  run.overwrite_running();
  EXPECT_TRUE(contains(bytes_of(moved / "summary.json"), R"("status": "failed", )"));
  EXPECT_EQ(bytes_of(path / "summary.json"), R"("status": "running",)") << "another one's";
  fs::remove(moved / "summary.json");
  run.overwrite_running();
  EXPECT_FALSE(fs::exists(moved / "summary.json"));
}

TEST(RunFolder, NamesAPlaceWhereNoFolderCanBe) {
  const TempDir dir;
  const fs::path file = dir.path() / "file";
  put_bytes(file, "x");
  for (const fs::path& path : {file, file / "run", fs::path("/proc/regrow/run")}) {
    const std::string message = error_of([&] { RunFolder::create(path, true); });
    EXPECT_TRUE(contains(message, path.string() + ": ")) << message;
    EXPECT_TRUE(contains(message, "choose another --out")) << message;
  }
  EXPECT_EQ(bytes_of(file), "x");
}

TEST(RunFolder, OpensOnlyARun) {
  const TempDir dir;
  EXPECT_TRUE(contains(error_of([&] { RunFolder::open(dir.path()); }), "holds no run"));
  EXPECT_TRUE(contains(error_of([&] { RunFolder::open(dir.path() / "x"); }), "no such run"));
  put_bytes(dir.path() / "file", "");
  EXPECT_TRUE(contains(error_of([&] { RunFolder::open(dir.path() / "file"); }), "not a folder"));
  make_run(dir.path() / "run");
  EXPECT_EQ(RunFolder::open(dir.path() / "run").path(), dir.path() / "run");
}

TEST(RunFolder, ReadsBackWhatItWrote) {
  const TempDir dir;
  const RunFolder run = RunFolder::create(dir.path() / "run", false);
  const std::vector<EpochRecord> history = {sample_record(0), sample_record(1)};
  const std::vector<EpochTimings> timings = {{.epoch = 0, .train = 1.5}, {.epoch = 1, .evolve = 2}};
  const Config config = sample_checkpoint().config;
  run.write_config(config);
  for (std::size_t e = 0; e < history.size(); ++e) {
    run.metrics_to_append().append(to_json_line(history[e]) + "\n");
    run.timings_to_append().append(to_json_line(timings[e]) + "\n");
  }
  Summary summary;
  summary.final = history[1];
  summary.best = history[0];
  run.write_summary(summary);
  EXPECT_EQ(read_file(run.config()), to_toml(config));
  EXPECT_EQ(run.read_metrics(), history);
  ASSERT_EQ(run.read_timings().size(), 2U);
  EXPECT_EQ(run.read_timings()[1].evolve, 2);
  EXPECT_EQ(bytes_of(run.path() / "summary.json"), summary_to_json(summary));
  EXPECT_EQ(entries_in(run.path()), 5U) << "with the lock file";
}

/// All that writes into a run's folder.
std::vector<std::function<void(const RunFolder&)>> all_writes() {
  return {[](const RunFolder& run) { run.write_config(sample_checkpoint().config); },
          [](const RunFolder& run) { run.write_initial(sample_checkpoint()); },
          [](const RunFolder& run) { run.write_last(sample_checkpoint()); },
          [](const RunFolder& run) { run.replace_last(sample_checkpoint()); },
          [](const RunFolder& run) { run.write_best(sample_checkpoint()); },
          [](const RunFolder& run) { run.go_back_to(run.initial()); },
          [](const RunFolder& run) { run.write_summary({}); },
          [](const RunFolder& run) { run.metrics_to_append(); },
          [](const RunFolder& run) { run.timings_to_append(); },
          [](const RunFolder& run) { run.events_to_append(); }};
}

TEST(RunFolder, HasTheNamesOfItsNetworks) {
  const TempDir dir;
  const RunFolder run = RunFolder::create(dir.path(), false);
  Checkpoint state = sample_checkpoint();
  state.computed_by.clear();
  run.write_initial(state);
  run.write_last(state);
  EXPECT_FALSE(fs::exists(run.previous()));
  const std::string first = bytes_of(run.last());
  EXPECT_EQ(bytes_of(run.initial()), first);
  state.device = "another";
  run.write_best(state);
  run.write_last(state);
  EXPECT_EQ(bytes_of(run.last()), bytes_of(run.best()));
  EXPECT_EQ(bytes_of(run.previous()), first);
  state.device = "a third";
  run.replace_last(state);
  EXPECT_NE(bytes_of(run.last()), bytes_of(run.best()));
  EXPECT_EQ(bytes_of(run.previous()), first) << "stays";
  run.go_back_to(run.best());
  EXPECT_EQ(bytes_of(run.last()), bytes_of(run.best()));
}

TEST(RunFolder, ThatIsRemovedMovedOrReplacedIsNotWrittenToAnyMore) {
  for (const char* what : {"removed", "moved", "replaced"}) {
    const TempDir dir;
    const fs::path path = dir.path() / "run", moved = dir.path() / "moved";
    const RunFolder run = RunFolder::create(path, false);
    run.write_initial(sample_checkpoint());
    run.write_last(sample_checkpoint());
    AppendFile metrics = run.metrics_to_append();
    fs::rename(path, moved);
    const std::size_t files = entries_in(moved);
    std::optional<RunFolder> next;
    if (what == std::string("removed")) fs::remove_all(moved);
    if (what == std::string("replaced")) next = RunFolder::create(path, false);
    for (const auto& write : all_writes()) {
      const std::string message = error_of([&] { write(run); });
      EXPECT_TRUE(contains(message, path.string() + ": ")) << message;
      EXPECT_TRUE(contains(message, next ? "another folder" : "removed or moved")) << message;
    }
    error_of([&] { metrics.append("line"); });
    EXPECT_EQ(fs::exists(path) ? entries_in(path) : 1, 1U) << "the next one's lock";
    EXPECT_EQ(fs::exists(moved) ? entries_in(moved) : files, files);
    for (const auto& write : all_writes()) {
      if (next) write(*next);
    }
  }
}

TEST(RunFolder, IsJudgedAndClearedWhereItWasFound) {
  const TempDir dir;
  make_run(dir.path() / "of another");
  fs::create_directory_symlink("of another", dir.path() / "link");
  make_run(dir.path() / "run");
  const RunFolder run = RunFolder::create(dir.path() / "run", true);
  EXPECT_EQ(entries_in(dir.path() / "of another"), 8U);
  EXPECT_EQ(entries_in(dir.path() / "run"), 1U);
  const RunFolder linked = RunFolder::create(dir.path() / "link", true);
  linked.write_summary({});
  EXPECT_EQ(entries_in(dir.path() / "of another"), 2U) << "with the lock file";
}

TEST(RunFolder, TakesNothingButARegularFileForItsLockAndItsRecords) {
  const TempDir dir;
  make_run(dir.path() / "run");
  fs::remove(dir.path() / "run" / ".lock");
  with_each_other_kind(dir.path() / "run" / ".lock", [&](const std::string& kind) {
    const std::string message = error_of([&] { RunFolder::resume(dir.path() / "run"); });
    EXPECT_TRUE(contains(message, "run/.lock: cannot be written: it is " + kind)) << message;
  });
  const RunFolder run = RunFolder::resume(dir.path() / "run");
  for (const char* name : {"metrics.jsonl", "timings.jsonl", "events.out.tfevents.0.regrow"}) {
    fs::remove(run.path() / name);
    with_each_other_kind(run.path() / name, [&](const std::string& kind) {
      int refusals = 0;
      for (const auto& append : {&RunFolder::metrics_to_append, &RunFolder::timings_to_append,
                                 &RunFolder::events_to_append}) {
        try {
          (run.*append)();
        } catch (const Error& refusal) {
          ++refusals;
          EXPECT_TRUE(contains(refusal.what(), std::string(name) + ": cannot be written: it is " +
                                                   kind + ", not a regular file; move it away"))
              << refusal.what();
        }
      }
      EXPECT_EQ(refusals, 1) << name;
    });
  }
}

TEST(RunFolder, ThatWasOpenedToBeReadIsNotWrittenTo) {
  const TempDir dir;
  make_run(dir.path());
  const RunFolder run = RunFolder::open(dir.path());
  for (const auto& write : all_writes()) EXPECT_THROW(write(run), std::logic_error);
  EXPECT_EQ(entries_in(dir.path()), 8U);
}

TEST(RunFolder, NamesTheLineOfDamagedMetrics) {
  const TempDir dir;
  const RunFolder run = RunFolder::create(dir.path(), false);
  const fs::path path = dir.path() / "metrics.jsonl";
  const std::string first = to_json_line(sample_record(0)) + "\n";
  const std::string second = to_json_line(sample_record(1)) + "\n";
  const auto message = [&](const std::string& content) {
    put_bytes(path, content);
    return error_of([&] { run.read_metrics(); });
  };
  const std::string place = path.string() + ":2: ";
  EXPECT_TRUE(contains(message(first + second.substr(0, 40) + "\n"), place + "is not valid JSON"));
  EXPECT_TRUE(contains(message(first + first), place + "field `epoch` must be 1"));
  EXPECT_TRUE(contains(message(first + "\n"), place));
  fs::remove(path);
  EXPECT_TRUE(contains(error_of([&] { run.read_metrics(); }), "there is no such file"));
}

// It is being written, or its writer was killed.
TEST(RunFolder, DoesNotCountALineWithoutItsEnd) {
  const TempDir dir;
  const RunFolder run = RunFolder::create(dir.path(), false);
  const std::string first = to_json_line(sample_record(0)) + "\n";
  const std::string second = to_json_line(sample_record(1));
  for (const std::size_t length : {std::size_t{0}, std::size_t{40}, second.size()}) {
    put_bytes(run.metrics(), first + second.substr(0, length));
    EXPECT_EQ(run.read_metrics(), std::vector{sample_record(0)}) << length;
  }
  put_bytes(run.metrics(), second.substr(0, 40));
  EXPECT_TRUE(run.read_metrics().empty());
}

TEST(RunFolder, TakesMissingOrDamagedTimingsAsTheyAre) {
  const TempDir dir;
  const RunFolder run = RunFolder::create(dir.path(), false);
  EXPECT_TRUE(run.read_timings().empty());
  put_bytes(dir.path() / "timings.jsonl", to_json_line(EpochTimings{.train = 3}) + "\n{\"epoch\"");
  ASSERT_EQ(run.read_timings().size(), 1U);
  EXPECT_EQ(run.read_timings()[0].train, 3);
}

}  // namespace
}  // namespace regrow

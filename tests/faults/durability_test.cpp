// What a power cut cannot take: a kill loses no byte that was written, so these tests read the log
// of a run's operations on files instead.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <thread>

#include "faults/faulty_program.h"
#include "faults/file_log.h"
#include "io/append_file.h"

namespace regrow::tests {
namespace {

using Kind = FileFault::Kind;

class Durability : public FaultyProgram {
 protected:
  /// Of the program with these arguments.
  std::vector<FileOperation> log_of(const std::string& arguments, Kind kind = Kind::kNone,
                                    int exit_code = 0) const {
    FileFault fault;
    fault.kind = kind;
    fault.log = at("log").string();
    const CommandResult result = forked(arguments, fault);
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    return read_file_log(at("log"));
  }
};

TEST_F(Durability, OfANewRunIsWhole) {
  EXPECT_EQ(lapses_in(log_of(train("a/b/r"))), "") << "in folders that are new, too";
  EXPECT_EQ(lapses_in(log_of(train("a/b/r") + " --force")), "");
  EXPECT_EQ(lapses_in(log_of(train("r") + " --checkpoint-every auto")), "");
}

TEST_F(Durability, OfARunGoneOnWithIsWhole) {
  ASSERT_EQ(forked(train("r")).exit_code, 0);
  EXPECT_EQ(lapses_in(log_of("train --resume r --epochs 5")), "") << "extended";
  EXPECT_EQ(lapses_in(log_of("train --resume r --from previous")), "");
  EXPECT_EQ(lapses_in(log_of("train --resume r --from initial")), "");
}

TEST_F(Durability, IsWholeWhereThereAreNoHardLinks) {
  EXPECT_EQ(lapses_in(log_of(train("r"), Kind::kNoLinks)), "");
  EXPECT_EQ(lapses_in(log_of("train --resume r --from previous", Kind::kNoLinks)), "");
  expect_same("r", "whole", "without links");
}

TEST_F(Durability, OfPredictionsIsWhole) {
  ASSERT_EQ(forked(train("r")).exit_code, 0);
  EXPECT_EQ(lapses_in(log_of("eval r/best.safetensors --out p.csv")), "");
}

TEST_F(Durability, OfASweepIsWhole) {
  std::ofstream(at("s.toml"))
      << "[data]\ndataset = 'synthetic'\nsynthetic_features = 12\n"
         "synthetic_train = 100\nsynthetic_test = 50\n"
         "[network]\nhidden = [9]\n[training]\nbatch = 25\nepochs = 1\n"
         "[run]\ndevice = 'cpu'\n[grid]\nvalidation = ['holdout:50', 'holdout:200']\n";
  // In this process: those of children are not in its log. One run of the two fails.
  const std::string sweep = "sweep s.toml --out a/s --isolation thread";
  EXPECT_EQ(lapses_in(log_of(sweep, Kind::kNone, 1)), "");
}

// Of the check itself, and of a run that syncs no more than it must.
TEST_F(Durability, NeedsEverySync) {
  const std::vector<FileOperation> log = log_of(train("a/r"));
  int syncs = 0;
  for (std::size_t i = 0; i < log.size(); ++i) {
    if (log[i].call != "sync") continue;
    ++syncs;
    std::vector<FileOperation> other = log;
    const auto sync = other.begin() + static_cast<std::ptrdiff_t>(i);
    const auto next_rename = std::find_if(
        sync, other.end(), [](const FileOperation& next) { return next.call == "rename"; });
    // A last event may come late: after it nothing counts on it but the end.
    if (next_rename != other.end() && next_rename->to.extension() == ".safetensors") {
      std::rotate(sync, sync + 1, next_rename + 1);
      EXPECT_NE(lapses_in(other), "") << "a late sync of " << log[i].path;
    }
    other = log;
    other.erase(other.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_NE(lapses_in(other), "") << "without the sync of " << log[i].path;
  }
  EXPECT_GT(syncs, 30);
}

// Of the log: what a check says of it is true of threads, too.
TEST_F(Durability, IsSeenWhicheverThreadWrites) {
  constexpr int kThreads = 4, kFiles = 40;
  for (int t = 0; t < kThreads; ++t) std::filesystem::create_directory(at(std::to_string(t)));
  FileFault fault;
  fault.log = at("log").string();
  begin_file_fault(fault);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([folder = at(std::to_string(t))] {
      AppendFile record(folder / "metrics.jsonl");
      for (int i = 0; i < kFiles; ++i) {
        record.append("line\n");
        record.sync();
        write_file_atomically(folder / "last.safetensors", "content");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const long operations = file_operations();
  begin_file_fault({});
  const std::vector<FileOperation> log = read_file_log(at("log"));
  EXPECT_EQ(lapses_in(log), "");
  std::map<std::string, int> calls;
  long last = -1;
  for (const FileOperation& operation : log) {
    if (operation.call == "open") continue;  // only to be read: it does not count
    EXPECT_EQ(operation.number, ++last) << "in the order of what they tell";
    ++calls[operation.call];
  }
  EXPECT_EQ(last + 1, operations);
  EXPECT_EQ(calls["rename"], kThreads * kFiles);
  EXPECT_EQ(calls["write"], kThreads * kFiles * 2);
  // Files, folders, and each folder for a new name once.
  EXPECT_EQ(calls["sync"], kThreads * (kFiles * 3 + 1));
}

// A call that a signal interrupts, or that does less than it was asked to, is repeated.
TEST_F(FaultyProgram, InterruptedInEveryCallEndsAsUndisturbed) {
  const CommandResult result = train_with({.kind = Kind::kInterrupted});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  expect_same("r", "whole", "interrupted in every call");
  const CommandResult more =
      forked("train --resume r --from initial", {.kind = Kind::kInterrupted});
  EXPECT_EQ(more.exit_code, 0) << more.err;
  expect_same("r", "whole", "interrupted in every call, again");
}

}  // namespace
}  // namespace regrow::tests

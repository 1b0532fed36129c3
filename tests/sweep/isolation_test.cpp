// regrow sweep --isolation thread: as with processes, to the byte, and no run can harm another.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <set>
#include <sstream>

#include "cpu/simd_sets.h"
#include "io/folder_lock.h"
#include "regrow/error.h"
#include "support/emulation.h"
#include "sweep/sweep_program.h"

namespace regrow::tests {
namespace {

namespace fs = std::filesystem;

class SweepInThreads : public Sweep {
 protected:
  CommandResult in_threads(const std::string& options, CommandOptions command = {}) const {
    return regrow("sweep s.toml --out out --isolation thread " + options, std::move(command));
  }

  /// The same in processes, then in threads; what the processes left becomes the folder "children".
  std::pair<CommandResult, CommandResult> in_both(const std::string& options) const {
    auto children = regrow("sweep s.toml --out out --isolation process " + options);
    fs::rename(at("out"), at("children"));
    auto threads = in_threads(options);
    return {std::move(children), std::move(threads)};
  }

  /// The names of all files below a folder.
  std::set<std::string> files_below(const std::string& folder) const {
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(at(folder))) {
      if (entry.is_regular_file()) names.insert(fs::relative(entry.path(), at(folder)));
    }
    return names;
  }

  /// All is the same but for the times that are in some files.
  void expect_same_folders() const {
    const auto files = files_below("out");
    EXPECT_EQ(files, files_below("children"));
    std::size_t compared = 0;
    for (const std::string& file : files) {
      const std::string kind = fs::path(file).filename();
      if (kind == "timings.jsonl" || kind == "summary.json" || kind.starts_with("events."))
        continue;
      ++compared;
      EXPECT_EQ(untimed("out/" + file), untimed("children/" + file)) << file;
    }
    EXPECT_GT(compared, 0U);
  }

  /// A file's content; of a log without the seconds of its epochs.
  std::string untimed(const std::string& file) const {
    if (!file.ends_with(".log")) return content(file);
    std::istringstream lines(content(file));
    std::string text;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("epoch ")) {
        const std::size_t end = line.rfind(" s");  // "… connections 12  0.03 s  paused"
        const std::size_t begin = line.rfind("  ", end - 1);
        line.erase(begin, end + 2 - begin);
      }
      if (line.starts_with("finished ")) line.erase(line.find(" in "));
      text += line + "\n";
    }
    return text;
  }
};

TEST_F(SweepInThreads, LeavesWhatProcessesLeave) {
  write_file("[grid]\nmethod = ['lset', 'dense']\nhidden = [[20, 15], [9, 7, 8]]\n", 2);
  const auto [children, threads] = in_both("--jobs 3 --threads 2");
  EXPECT_EQ(threads.exit_code, 0) << threads.err;
  EXPECT_NE(threads.out.find("4 of 4 runs finished; out\n"), std::string::npos) << threads.out;
  EXPECT_EQ(threads.err, children.err);
  expect_same_folders();
}

TEST_F(SweepInThreads, ShareAnEmulatedGpu) {
  if (!kHasEmulation) GTEST_SKIP() << kNoEmulation;
  write_file("[grid]\nseed = [0, 1]\n", 2);
  const auto [children, threads] =
      in_both("--jobs 2 --device cuda-emulated --synthetic-train 100 --hidden 8,6");
  EXPECT_EQ(children.exit_code, 0) << children.err;
  EXPECT_EQ(threads.exit_code, 0) << threads.err;
  EXPECT_NE(content("out/seed=0/config.toml").find("cuda-emulated"), std::string::npos);
  EXPECT_NE(metrics("seed=0"), metrics("seed=1"));
  for (const char* run : {"seed=0/", "seed=1/"}) {
    for (const char* file : {"metrics.jsonl", "last.safetensors", "config.toml"}) {
      const std::string name = std::string(run) + file;
      EXPECT_EQ(content("out/" + name), content("children/" + name)) << name;
    }
  }
}

TEST_F(SweepInThreads, FailOneByOneAsProcessesDo) {
  write_file(
      "[[variant]]\nname = 'dense'\nactivation_dtype = 'bf16'\nmethod = 'dense'\n"
      "[[variant]]\nname = 'diverges'\nlearning_rate = 1000\n"
      "[[variant]]\nname = 'well'\nseed = 1\n",
      5);
  const auto [children, threads] = in_both("--jobs 2");
  EXPECT_EQ(threads.exit_code, 1) << threads.err;
  EXPECT_EQ(threads.exit_code, children.exit_code);
  EXPECT_NE(threads.out.find("1 of 3 runs finished"), std::string::npos) << threads.out;
  EXPECT_NE(content("out/failures/dense.json").find("\"exit_code\": 2"), std::string::npos);
  EXPECT_NE(content("out/failures/dense.json").find("fp32 only"), std::string::npos);
  EXPECT_NE(content("out/failures/diverges.json").find("not finite"), std::string::npos);
  expect_same_folders();
}

TEST_F(SweepInThreads, FailWhereTheLogCannotBeWritten) {
  write_file("[grid]\nseed = [0, 1]\n");
  fs::create_directories(at("out/logs/seed=0.log"));
  const auto result = in_threads("");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.err.find("seed=0.log: cannot be written: it is a folder"), std::string::npos)
      << result.err;
  EXPECT_NE(result.out.find("1 of 2 runs finished"), std::string::npos) << result.out;
}

// Neither is waited for, nor followed.
TEST_F(Sweep, TakesNeitherAPipeNorALinkForALog) {
  write_file("[grid]\nseed = [0, 1]\n", 1);
  for (const std::string isolation : {"process", "thread"}) {
    const std::string out = "o-" + isolation;
    fs::create_directories(at(out + "/logs"));
    ASSERT_EQ(::mkfifo(at(out + "/logs/seed=0.log").c_str(), 0600), 0);
    fs::create_symlink(at("elsewhere"), at(out + "/logs/seed=1.log"));
    const auto result = regrow("sweep s.toml --out " + out + " --isolation " + isolation);
    EXPECT_EQ(result.exit_code, 1);
    for (const char* part : {"seed=0.log: cannot be written: it is a pipe",
                             "seed=1.log: cannot be written: it is a symbolic link"}) {
      EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
    }
    EXPECT_FALSE(fs::exists(at("elsewhere")));
  }
}

TEST_F(SweepInThreads, StopOnASignalAndGoOnToTheSameEnd) {
  write_file("[grid]\nseed = [0, 1]\n", kNoEnd);
  for (const int signal : {SIGINT, SIGUSR1}) {
    fs::remove_all(at("out"));
    const auto stopped =
        in_threads("--jobs 2", signalled_while_training(signal, {"seed=0", "seed=1"}));
    EXPECT_EQ(stopped.exit_code, 128 + signal) << stopped.err;
    EXPECT_NE(stopped.out.find("stopped: 2 runs remain"), std::string::npos) << stopped.out;
    for (const char* run : {"seed=0", "seed=1"}) {
      EXPECT_NE(content(std::string("out/logs/") + run + ".log").find("\ninterrupted in epoch "),
                std::string::npos);
    }
    EXPECT_FALSE(fs::exists(at("out/failures")));
  }
  const std::string epochs = epochs_to_go_on_with({"seed=0", "seed=1"});
  const auto result = in_threads("--jobs 2" + epochs);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("goes on with seed=0 after "), std::string::npos) << result.out;
  EXPECT_EQ(regrow("sweep s.toml --out whole --jobs 2" + epochs).exit_code, 0);
  for (const char* file : {"/seed=0/metrics.jsonl", "/seed=1/last.safetensors"}) {
    EXPECT_EQ(content(std::string("out") + file), content(std::string("whole") + file));
  }
}

TEST_F(SweepInThreads, StopInTime) {
  write_file("[grid]\nseed = [0, 1]\n", kNoEnd);
  const auto result = in_threads("--jobs 2 --max-time 0.2s");
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_NE(result.out.find("time is up: 2 runs remain"), std::string::npos) << result.out;
  // A thread is waited for, so that it has written its state whenever it was asked to stop.
  EXPECT_TRUE(fs::exists(at("out/seed=1/last.safetensors")));
}

TEST_F(SweepInThreads, LeaveARunThatAnotherProcessTrains) {
  write_file("[grid]\nseed = [0, 1]\n");
  fs::create_directories(at("out/seed=0"));
  const FolderLock held(at("out/seed=0"));
  // A second descriptor of the holder's, closed again: some kinds of locks would go with it.
  EXPECT_THROW(FolderLock(at("out/seed=0")), Error);
  content("out/seed=0/.lock");
  const auto result = in_threads("--jobs 2");
  EXPECT_EQ(result.exit_code, 3) << result.err;
  EXPECT_NE(result.out.find("seed=0: another process trains it"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("1 of 2 runs finished"), std::string::npos) << result.out;
}

TEST_F(SweepInThreads, ShareAFolderWithASweepOfProcesses) {
  write_file("[grid]\nseed = [0, 1, 2, 3]\n", 3);
  auto other = std::async(std::launch::async, [&] { return regrow("sweep s.toml --out out"); });
  const auto one = in_threads("--jobs 2");
  const auto two = other.get();
  // One of them may have left the last runs to the other.
  EXPECT_EQ(std::min(one.exit_code, two.exit_code), 0) << one.err << two.err;
  EXPECT_NE(std::max(one.exit_code, two.exit_code), 1) << one.err << two.err;
  EXPECT_EQ(regrow("sweep s.toml --out whole --jobs 2").exit_code, 0);
  for (int seed = 0; seed < 4; ++seed) {
    const std::string run = "/seed=" + std::to_string(seed) + "/last.safetensors";
    EXPECT_EQ(content("out" + run), content("whole" + run));
  }
}

TEST_F(SweepInThreads, RefuseTwoKindsOfOpenBlas) {
  if (available_simd_sets().size() < 2) GTEST_SKIP() << "this processor has one instruction set";
  write_file("[grid]\nsimd = ['portable', 'avx2']\n", 1);
  const auto result = in_threads("--method dense");
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_NE(
      result.err.find("failed simd=avx2: error: dense layers: OpenBLAS computes with portable "
                      "in this process"),
      std::string::npos)
      << result.err;
  EXPECT_EQ(regrow("sweep s.toml --out out --method dense").exit_code, 0) << "processes do it";
}

}  // namespace
}  // namespace regrow::tests

// Runs and sweeps among folders.
#include "study/find_runs.h"

#include <gtest/gtest.h>

#include <fstream>

#include "io/io_test_support.h"
#include "study/study_support.h"
#include "support/temp_dir.h"

namespace regrow::tests {
namespace {

namespace fs = std::filesystem;

class FindRuns : public testing::Test {
 protected:
  std::string at(const std::string& name) const { return (dir_.path() / name).string(); }
  void run(const std::string& name) const {
    fs::create_directories(fs::path(at(name)).parent_path());
    write_run(at(name), config_with({}), {0.5});
  }

  TempDir dir_;
};

TEST_F(FindRuns, OfASweepByNameAndWithoutItsOtherThings) {
  run("sweep/b");
  run("sweep/a");
  fs::create_directories(at("sweep/logs"));
  std::ofstream(at("sweep/sweep.toml")) << "x";
  const FoundRuns found = find_runs(std::vector{at("sweep")});
  EXPECT_TRUE(found.only_sweeps);
  ASSERT_EQ(found.runs.size(), 2U);
  EXPECT_EQ(found.runs[0].path(), at("sweep/a"));
  EXPECT_EQ(found.runs[1].path(), at("sweep/b"));
  EXPECT_TRUE(found.warnings.empty());
}

TEST_F(FindRuns, AreGivenOneByOneWithoutASweep) {
  run("sweep/b");
  run("sweep/a");
  const FoundRuns found = find_runs(std::vector{at("sweep/b"), at("sweep/a")});
  EXPECT_FALSE(found.only_sweeps);
  EXPECT_EQ(found.runs[0].path(), at("sweep/b"));
}

TEST_F(FindRuns, AreNoSweepsAloneWhereOneOfThemIsGivenByItself) {
  run("sweep/a");
  run("single");
  EXPECT_FALSE(find_runs(std::vector{at("sweep"), at("single")}).only_sweeps);
  EXPECT_FALSE(find_runs(std::vector{at("single"), at("sweep")}).only_sweeps);
}

TEST_F(FindRuns, AreFoundOnce) {
  run("sweep/a");
  const FoundRuns found =
      find_runs(std::vector{at("sweep/a"), at("sweep"), at("sweep/../sweep/a/")});
  EXPECT_EQ(found.runs.size(), 1U);
}

TEST_F(FindRuns, NameTheRunsThatHaveNotStarted) {
  run("sweep/a");
  run("sweep/b");
  fs::remove(at("sweep/b/metrics.jsonl"));
  const FoundRuns found = find_runs(std::vector{at("sweep")});
  EXPECT_EQ(found.runs.size(), 1U);
  EXPECT_EQ(found.warnings, std::vector{at("sweep/b") + ": not started; left out"});
}

TEST_F(FindRuns, NameTheFoldersThatCannotBeRead) {
  run("sweep/a");
  fs::create_directories(at("sweep/b"));
  fs::create_symlink("config.toml", at("sweep/b/config.toml"));  // of itself: refused to root, too
  const FoundRuns found = find_runs(std::vector{at("sweep")});
  EXPECT_EQ(found.runs.size(), 1U);
  ASSERT_EQ(found.warnings.size(), 1U);
  EXPECT_TRUE(contains(found.warnings[0], at("sweep/b") + ": cannot be read: "));
}

TEST_F(FindRuns, NeedOne) {
  fs::create_directory(at("empty"));
  EXPECT_TRUE(contains(error_of([&] { find_runs(std::vector{at("empty")}); }), "holds no run"));
  EXPECT_TRUE(contains(error_of([&] { find_runs(std::vector{at("nowhere")}); }), "nowhere"));
}

}  // namespace
}  // namespace regrow::tests

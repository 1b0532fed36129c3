// Output folders that cannot be written to, and disks that are full: one line, and what was there
// stays as it was.
#include <gtest/gtest.h>

#include <fstream>

#include "cli/program.h"

namespace regrow::tests {
namespace {

using Disk = Program;

TEST_F(Disk, AFolderBelowAFileIsRefused) {
  std::ofstream(at("file")) << "x";
  expect_error(regrow(std::string(kTrain) + "--out file/r"), 1, {"file/r", "--out"});
  EXPECT_EQ(content("file"), "x");
}

TEST_F(Disk, AFullOneAtTheStartLeavesNoCheckpoint) {
  expect_error(regrow(std::string(kTrain) + "--quiet --out r", {.file_limit_bytes = 3000}), 1,
               {"r/initial.safetensors"});
  EXPECT_EQ(files_in("r"), 2U) << "config.toml and .lock";
  expect_error(regrow("train --resume r"), 1,
               {"nothing was trained yet", "train --config r/config.toml --out r"});
  EXPECT_EQ(regrow(std::string(kTrain) + "--epochs 1 --out r").exit_code, 0) << "no --force";
}

TEST_F(Disk, AFullOneLaterKeepsTheLastCheckpoint) {
  ASSERT_EQ(regrow(std::string(kTrain) + "--epochs 2 --out r").exit_code, 0);
  const std::string last = content("r/last.safetensors"), metrics = content("r/metrics.jsonl");
  const std::size_t files = files_in("r");
  expect_error(regrow("train --quiet --epochs 3 --resume r", {.file_limit_bytes = 3000}), 1,
               {"safetensors"});
  EXPECT_EQ(content("r/last.safetensors"), last);
  EXPECT_EQ(files_in("r"), files);
  EXPECT_EQ(regrow("train --epochs 3 --resume r").exit_code, 0);
}

TEST_F(Disk, AFullOneKeepsFormerPredictions) {
  ASSERT_EQ(regrow(std::string(kTrain) + "--epochs 1 --out r").exit_code, 0);
  std::ofstream(at("p.csv")) << "before";
  expect_error(regrow("eval r/last.safetensors --out p.csv", {.file_limit_bytes = 100}), 1,
               {"p.csv"});
  EXPECT_EQ(content("p.csv"), "before");
}

TEST_F(Disk, AFullOneBehindStandardOutputIsAnError) {
  const CommandResult result = regrow("config", {.stdout_file = "/dev/full"});
  expect_error(result, 1, {"standard output"});
}

}  // namespace
}  // namespace regrow::tests

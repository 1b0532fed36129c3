// regrow export as a command: what it writes where, and what it refuses.
#include <gtest/gtest.h>

#include <fstream>

#include "cli/program.h"
#include "regrow/checkpoint.h"

namespace regrow::tests {
namespace {

class ExportCommand : public Program {
 protected:
  void train_one(const std::string& flags = "") const {
    const CommandResult result = regrow(std::string(kTrain) + "--epochs 1 --out r " + flags);
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  CommandResult shell(const std::string& line) const {
    return run_command({"/bin/sh", "-c", line}, {.folder = dir_.path()});
  }
};

TEST_F(ExportCommand, TakesTheFormatFromTheFilesName) {
  train_one();
  for (const std::string format : {"onnx", "npz", "safetensors"}) {
    const CommandResult result = regrow("export r --out net." + format);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(result.out.find("checkpoint: r/best.safetensors, after 1 epoch\nnet." + format +
                              ": " + format + ", 12-20-15-4 neurons, "),
              0U)
        << result.out;
    EXPECT_EQ(regrow("export r/best.safetensors --format " + format + " --out other").exit_code, 0);
    EXPECT_EQ(content("other"), content("net." + format));
  }
  EXPECT_NE(content("net.onnx"), content("net.npz"));
}

TEST_F(ExportCommand, OnTheStandardOutputTheFileIsAlone) {
  train_one();
  const std::string program = REGROW_PROGRAM;
  ASSERT_EQ(regrow("export r --out net.npz").exit_code, 0);
  const CommandResult result =
      shell("cat r/best.safetensors | " + program + " export - --format npz --out - > printed.npz");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err.find("standard output: npz, 12-20-15-4 neurons, "), 0U) << result.err;
  EXPECT_EQ(content("printed.npz"), content("net.npz"));
  expect_error(regrow("export r --format npz --out -", {.stdout_file = "/dev/full"}), 1,
               {"standard output"});
}

TEST_F(ExportCommand, RefusesWordsThatMakeNoSense) {
  train_one();
  expect_error(regrow("export r --out net.pb"), 2, {"--out: net.pb", ".onnx, .npz", "--format"});
  expect_error(regrow("export r --out -"), 2, {"--format"});
  expect_error(regrow("export r"), 2, {"--out"});
  expect_error(regrow("export r --out net.onnx --format tflite"), 2, {"--format"});
  expect_error(regrow("export r --out net.onnx --fold maybe"), 2, {"--fold"});
  expect_error(regrow("export r --out net.npz --sparse"), 2, {"--sparse", "--format onnx"});
  expect_error(regrow("export none --out net.npz"), 1, {"none", "there is no such checkpoint"});
  EXPECT_FALSE(std::filesystem::exists(at("net.npz")));
}

TEST_F(ExportCommand, WritesOverNoCheckpointButOverItsOwnFiles) {
  train_one();
  const std::string before = content("r/last.safetensors");
  expect_error(regrow("export r --out r/last.safetensors"), 2, {"--out", "a checkpoint"});
  EXPECT_EQ(content("r/last.safetensors"), before);
  ASSERT_EQ(regrow("export r --out net.safetensors").exit_code, 0);
  const std::string folded = content("net.safetensors");
  EXPECT_EQ(regrow("export r --out net.safetensors --fold false").exit_code, 0);
  EXPECT_NE(content("net.safetensors"), folded);
  std::filesystem::create_directory(at("folder.npz"));
  expect_error(regrow("export r --out folder.npz"), 2, {"--out", "a folder"});
}

TEST_F(ExportCommand, AFullDiskLeavesTheFormerFile) {
  train_one();
  std::ofstream(at("net.onnx")) << "before";
  expect_error(regrow("export r --out net.onnx", {.file_limit_bytes = 100}), 1, {"net.onnx"});
  EXPECT_EQ(content("net.onnx"), "before");
  EXPECT_EQ(files_in("."), 2U) << "nothing is left aside";
}

TEST_F(ExportCommand, OnnxIsSmallerWhereItIsSparse) {
  train_one("--hidden 300,200");
  ASSERT_EQ(regrow("export r --out dense.onnx").exit_code, 0);
  ASSERT_EQ(regrow("export r --out sparse.onnx --sparse").exit_code, 0);
  EXPECT_GT(content("dense.onnx").size(), std::size_t{300} * 200 * 4);
  EXPECT_LT(content("sparse.onnx").size() * 5, content("dense.onnx").size());
}

TEST_F(ExportCommand, RefusesWhatIsTooLargeWhenDense) {
  train_one(
      "--hidden 500000,500000 --epsilon 0 --density 0.0000001 --batch 2 --synthetic-train 10 "
      "--synthetic-test 2 --validation holdout:2 --method static --topology false");
  for (const auto& [file, remedy] :
       {std::pair("net.onnx", "give --sparse, or --format npz"),
        std::pair("net.safetensors", "give --format npz, which is sparse")}) {
    expect_error(regrow(std::string("export r --out ") + file), 1,
                 {"r/best.safetensors: the network as ", "would have 931 GiB", remedy});
    EXPECT_FALSE(std::filesystem::exists(at(file)));
  }
  EXPECT_EQ(regrow("export r --out net.npz").exit_code, 0);
  EXPECT_EQ(regrow("export r --out net.onnx --sparse").exit_code, 0);
}

TEST_F(ExportCommand, SaysWhereFoldingLosesDigits) {
  train_one();
  Checkpoint checkpoint = read_checkpoint(at("r/best.safetensors"));
  checkpoint.standardisation.mean[3] = -3e5;
  checkpoint.standardisation.deviation[3] = 2;
  write_checkpoint(at("far.safetensors"), checkpoint);
  const CommandResult folded = regrow("export far.safetensors --out net.npz");
  EXPECT_EQ(folded.exit_code, 0);
  EXPECT_EQ(folded.err,
            "note: an input's mean is 1.5e+05 times its deviation, of which weights in 32-bit "
            "floats lose digits; --fold false keeps the standardisation apart\n");
  EXPECT_EQ(regrow("export far.safetensors --out net.npz --fold false").err, "");
}

}  // namespace
}  // namespace regrow::tests

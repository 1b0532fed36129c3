// What stops a run: losses and weights that are not finite, and too little data.
#include <gtest/gtest.h>

#include "regrow/error.h"
#include "support/devices.h"
#include "support/temp_dir.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

/// Goes on with the run in `path` at a learning rate that no setting allows; returns the error.
std::string explode(const std::filesystem::path& path) {
  Checkpoint state = read_checkpoint(path / "last.safetensors");
  state.config.epochs = 5;
  state.config.learning_rate = 1e30;
  auto dataset = std::make_shared<const Dataset>(load_dataset(state.config));
  auto backend = make_backend(state.device, backend_options(state.config));
  Trainer trainer(state, dataset, std::move(backend), RunFolder::open(path));
  try {
    trainer.run();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

class Failure : public testing::TestWithParam<std::string> {};

TEST_P(Failure, KeepsTheLastGoodStateAndNamesEpochAndLayer) {
  const TempDir dir;
  const auto path = dir.path() / "run";
  Config config = small_config(GetParam(), Method::kSet);
  config.epochs = 2;
  whole_run(config, path);
  const RunBytes good = bytes_of(path);

  const std::string message = explode(path);
  for (const char* part : {"epoch 2: ", "training loss is not finite", "layer ", "--learning-rate",
                           "last.safetensors", "after 2 epochs"}) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
  EXPECT_EQ(message.find('\n'), std::string::npos);
  EXPECT_EQ(read_file(path / "last.safetensors"), good.last);
  EXPECT_EQ(read_file(path / "best.safetensors"), good.best);
  EXPECT_EQ(RunFolder::open(path).read_metrics().size(), 2U);
  EXPECT_EQ(RunFolder::open(path).read_summary().status, "failed");
}

TEST_P(Failure, InTheFirstEpochLeavesTheUntrainedState) {
  const TempDir dir;
  const auto path = dir.path() / "run";
  start_run(small_config(GetParam(), Method::kSet), path, stopping_after(0)).run();
  EXPECT_NE(explode(path).find("epoch 0: "), std::string::npos);
  const RunFolder folder = RunFolder::open(path);
  const Checkpoint state = read_checkpoint(folder.last());
  EXPECT_EQ(state.progress.epoch, 0U);
  EXPECT_TRUE(state.history.empty());
  EXPECT_FALSE(std::filesystem::exists(folder.best()));
  EXPECT_EQ(folder.read_summary().epochs, 0U);
}

// Not in lockstep: two precisions part as soon as a run diverges, and that is what is reported.
INSTANTIATE_TEST_SUITE_P(Devices, Failure, testing::Values("reference", "cpu"),
                         [](const auto& test) { return test_name(test.param); });

TEST(TooLittleData, IsRefusedBeforeAnythingIsWritten) {
  const TempDir dir;
  Config config = small_config("reference", Method::kSet);
  config.batch = 206;  // 205 are trained on
  EXPECT_THROW(start_run(config, dir.path() / "run"), Error);
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "run"));
  config.batch = 205;
  config.epochs = 1;
  EXPECT_EQ(whole_run(config, dir.path() / "run").size(), 1U);
}

}  // namespace
}  // namespace regrow::tests

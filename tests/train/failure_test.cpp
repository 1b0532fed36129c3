// What stops a run: losses and weights that are not finite, and too little data.
#include <gtest/gtest.h>

#include "io/event_reader.h"
#include "io/safetensors.h"
#include "regrow/error.h"
#include "regrow/load_dataset.h"
#include "support/devices.h"
#include "support/temp_dir.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

/// The message of the Error that `action` throws.
template <typename Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

void learn_too_fast(Config& config) { config.learning_rate = 1e30; }

/// Goes on with the run in `path` at learning rates that no setting allows; returns the error.
std::string explode(const std::filesystem::path& path, void (*change)(Config&) = learn_too_fast) {
  Checkpoint state = read_checkpoint(path / "last.safetensors");
  state.config.epochs = 5;
  state.config.tensorboard = state.config.topology;  // of a run that no network is handed over of
  change(state.config);
  auto dataset = std::make_shared<const Dataset>(load_dataset(state.config));
  auto backend = make_backend(state.device, backend_options(state.config));
  Trainer trainer(state, dataset, std::move(backend), RunFolder::resume(path));
  return error_of([&] { trainer.run(); });
}

class Failure : public testing::TestWithParam<std::string> {};

TEST_P(Failure, KeepsTheLastGoodStateAndNamesEpochAndLayer) {
  const TempDir dir;
  const auto path = dir.path() / "run";
  Config config = small_config(GetParam(), Method::kSet);
  config.epochs = 2;
  config.topology = config.tensorboard = false;  // no network is handed over but to be saved
  whole_run(config, path);
  const RunBytes good = bytes_of(path);

  const std::string message = explode(path);
  for (const char* part : {"epoch 3: ", "training loss is not finite", "(layer 0: ",
                           "start a new run with a lower --learning-rate, now 1e+30; ",
                           "last.safetensors", "after 2 epochs"}) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
  EXPECT_EQ(message.find('\n'), std::string::npos);
  EXPECT_TRUE(read_file(path / "last.safetensors") == good.last);
  EXPECT_TRUE(read_file(path / "best.safetensors") == good.best);
  EXPECT_NE(summary_of(path).find(R"("status": "failed")"), std::string::npos);
}

TEST_P(Failure, InTheFirstEpochLeavesTheUntrainedState) {
  const TempDir dir;
  const auto path = dir.path() / "run";
  start_run(small_config(GetParam(), Method::kSet), path, stopping_after(0)).run();
  EXPECT_NE(explode(path).find("epoch 1: "), std::string::npos);
  const RunFolder folder = RunFolder::open(path);
  const Checkpoint state = read_checkpoint(folder.last());
  EXPECT_EQ(state.progress.epoch, 0U);
  EXPECT_EQ(state.history.epochs, 0U);
  EXPECT_FALSE(std::filesystem::exists(folder.best()));
  EXPECT_NE(summary_of(path).find(R"("epochs": 0,)"), std::string::npos);
}

void learn_too_fast_from_epoch_3_on(Config& config) {
  config.epochs = 10;
  config.checkpoint_every.epochs = 2;
  config.schedule = Schedule::kStep;
  config.step_epochs = 3;
  config.step_factor = 1e30;
}

/// Of its metadata: the settings that let a run fail here are read by nobody.
std::string progress_in(const std::filesystem::path& checkpoint) {
  return SafetensorsReader(checkpoint).metadata().at("progress");
}

TEST_P(Failure, KeepsTheRecordsOfAllEpochsAndSavesTheNewestNetwork) {
  const TempDir dir;
  const auto path = dir.path() / "run";
  const Config config = small_config(GetParam(), Method::kSet);
  std::vector<EpochRecord> good = whole_run(config, dir.path() / "good");
  good.resize(3);
  start_run(config, path, stopping_after(0)).run();
  const std::string message = explode(path, learn_too_fast_from_epoch_3_on);
  EXPECT_NE(message.find("epoch 4: "), std::string::npos) << message;
  EXPECT_NE(message.find("after 3 epochs"), std::string::npos) << message;
  const RunFolder folder = RunFolder::open(path);
  EXPECT_EQ(folder.read_metrics(), good);
  EXPECT_EQ(folder.read_timings().size(), 3U);
  EXPECT_EQ(events_of(read_file(folder.events())).size(), 3U);
  EXPECT_NE(summary_of(path).find(R"("epochs": 3,)"), std::string::npos);
  EXPECT_NE(progress_in(folder.last()).find(R"("epoch":3,)"), std::string::npos);
  EXPECT_NE(progress_in(folder.previous()).find(R"("epoch":2,)"), std::string::npos);
}

TEST_P(Failure, WithoutANewerNetworkKeepsTheLastCheckpoint) {
  const TempDir dir;
  const auto path = dir.path() / "run";
  Config config = small_config(GetParam(), Method::kSet);
  config.topology = config.tensorboard = false;
  start_run(config, path, stopping_after(0)).run();
  const std::string message = explode(path, learn_too_fast_from_epoch_3_on);
  EXPECT_NE(message.find("after 2 epochs"), std::string::npos) << message;
  const RunFolder folder = RunFolder::open(path);
  EXPECT_EQ(folder.read_metrics().size(), 3U);
  EXPECT_NE(progress_in(folder.last()).find(R"("epoch":2,)"), std::string::npos);
}

// A weight of an input that is always 0: it overflows by its decay, and no loss tells of it. In a
// full layer the plan would grow where there is no room.
TEST_P(Failure, OfAWeightAloneIsFoundBeforeAnEvolutionWithinAnEpoch) {
  const TempDir dir;
  Config config = small_config(GetParam(), Method::kSet);
  config.density = 1;
  config.evolve_every = {0, 1};
  config.learning_rate = 0.0025;
  config.weight_decay = 1000;
  config.augment = false;
  resolve(config);
  Dataset dataset = load_dataset(config);
  const std::uint32_t features = dataset.shape.features();
  for (const std::uint32_t id : dataset.train_ids) dataset.train.bytes()[id * features] = 0;
  dataset.standardisation.mean[0] = 0;
  auto backend = make_backend(config.device, backend_options(config));
  Checkpoint state = starting_state(config, dataset, backend->capabilities());
  const bool is_double = backend->capabilities().precision == Precision::kFloat64;
  state.network.layers[0].weights.values[0] = is_double ? 1.5e308 : 3e38;
  Trainer trainer(std::move(state), std::make_shared<const Dataset>(std::move(dataset)),
                  std::move(backend), RunFolder::create(dir.path() / "run", false));
  const std::string message = error_of([&] { trainer.run(); });
  for (const char* part : {"epoch 1: layer 0: ", " not finite; ", "a lower --weight-decay"}) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, Failure, testing::ValuesIn(kTestDevices),
                         [](const auto& test) { return test_name(test.param); });

// A pixel that is constant in training, and not in validation, divided by next to nothing.
TEST(ForwardPass, ThatOverflowsWithFiniteWeightsNamesTheLargest) {
  const TempDir dir;
  Config config = small_config("reference", Method::kSet);
  config.augment = false;
  resolve(config);
  Dataset dataset = load_dataset(config);
  const std::uint32_t features = dataset.shape.features();
  for (const std::uint32_t id : dataset.train_ids) dataset.train.bytes()[id * features] = 0;
  for (const std::uint32_t id : dataset.validation_ids) dataset.train.bytes()[id * features] = 255;
  dataset.standardisation.mean[0] = 0;
  dataset.standardisation.deviation[0] = 1e-307;
  auto backend = make_backend(config.device, backend_options(config));
  Checkpoint state = starting_state(config, dataset, backend->capabilities());
  state.network.layers[1].biases.values[3] = -7;
  Trainer trainer(std::move(state), std::make_shared<const Dataset>(std::move(dataset)),
                  std::move(backend), RunFolder::create(dir.path() / "run", false));
  const std::string message = error_of([&] { trainer.run(); });
  for (const char* part : {"epoch 1: the validation loss is not finite", "all weights are finite",
                           "the largest, 6.98, is in layer 1)"}) {
    EXPECT_NE(message.find(part), std::string::npos) << message;
  }
}

TEST(Progress, BeyondTheStepsOfAnEpochIsRefused) {
  const TempDir dir;
  Config config = small_config("reference", Method::kSet);
  start_run(config, dir.path() / "run", stopping_after(0)).run();
  const auto last = dir.path() / "run" / "last.safetensors";
  Checkpoint state = read_checkpoint(last);
  state.progress.step = 10;  // of 10
  state.progress.sums.samples = 200;
  write_checkpoint(last, state);
  const std::string message = error_of([&] { resume_run(dir.path() / "run"); });
  EXPECT_NE(message.find(last.string() + ": it stands after 10 steps"), std::string::npos)
      << message;
}

TEST(Progress, OfWhichOtherStepsAreCountedIsRefused) {
  const TempDir dir;
  const Config config = small_config("reference", Method::kSet);
  start_run(config, dir.path() / "run", stopping_after(1)).run();
  const auto last = dir.path() / "run" / "last.safetensors";
  Checkpoint state = read_checkpoint(last);
  state.progress.cost->steps = 7;
  write_checkpoint(last, state);
  const std::string message = error_of([&] { resume_run(dir.path() / "run"); });
  EXPECT_NE(message.find(": it counts the cost of 7 steps, and stands after 1; go on with"),
            std::string::npos)
      << message;
}

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

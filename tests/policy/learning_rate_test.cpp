// Schedules and warm-up of the learning rate, step by step.
#include "regrow/learning_rate.h"

#include <gtest/gtest.h>

namespace regrow {
namespace {

constexpr std::uint32_t kSteps = 10;  // per epoch

TrainingConfig config_of(Schedule schedule) {
  TrainingConfig config;
  config.schedule = schedule;
  config.learning_rate = 0.5;
  config.epochs = 8;
  return config;
}

TEST(LearningRate, ConstantIsConstant) {
  const TrainingConfig config = config_of(Schedule::kConstant);
  EXPECT_EQ(learning_rate(config, 0, kSteps), 0.5F);
  EXPECT_EQ(learning_rate(config, 1'000'000'000'000, kSteps), 0.5F);
}

TEST(LearningRate, CosineFallsByStepsAndStaysAtItsEnd) {
  const TrainingConfig config = config_of(Schedule::kCosine);
  EXPECT_FLOAT_EQ(learning_rate(config, 0, kSteps), 0.5F);
  EXPECT_FLOAT_EQ(learning_rate(config, 20, kSteps), 0.5F * 0.8535534F);
  EXPECT_FLOAT_EQ(learning_rate(config, 40, kSteps), 0.25F);
  EXPECT_LT(learning_rate(config, 41, kSteps), learning_rate(config, 40, kSteps));
  EXPECT_GT(learning_rate(config, 79, kSteps), 0.0F);
  EXPECT_EQ(learning_rate(config, 80, kSteps), 0.0F);
  EXPECT_EQ(learning_rate(config, 120, kSteps), 0.0F);
}

TEST(LearningRate, CosineTakesItsOwnLengthWhereGiven) {
  TrainingConfig config = config_of(Schedule::kCosine);
  config.decay_epochs = 4;
  EXPECT_FLOAT_EQ(learning_rate(config, 20, kSteps), 0.25F);
  EXPECT_EQ(learning_rate(config, 40, kSteps), 0.0F);
}

TEST(LearningRate, CosineStartsAgainAfterEachRestart) {
  TrainingConfig config = config_of(Schedule::kCosine);
  config.restart_epochs = {3, 7};
  std::uint64_t step = 0;
  for (const std::int64_t epochs : {3, 4, 1}) {
    TrainingConfig alone = config_of(Schedule::kCosine);
    alone.epochs = epochs;
    for (std::uint64_t of_piece = 0; of_piece < static_cast<std::uint64_t>(epochs) * kSteps;
         ++of_piece, ++step) {
      EXPECT_EQ(learning_rate(config, step, kSteps), learning_rate(alone, of_piece, kSteps))
          << step;
    }
  }
  EXPECT_EQ(step, 80U);
  EXPECT_EQ(learning_rate(config, step, kSteps), 0.0F);
}

TEST(LearningRate, CosineOfItsOwnLengthStartsAgainWithinIt) {
  TrainingConfig config = config_of(Schedule::kCosine);
  config.decay_epochs = 6;
  config.restart_epochs = {4};
  EXPECT_FLOAT_EQ(learning_rate(config, 20, kSteps), 0.25F);
  EXPECT_FLOAT_EQ(learning_rate(config, 40, kSteps), 0.5F);
  EXPECT_FLOAT_EQ(learning_rate(config, 50, kSteps), 0.25F);
  EXPECT_EQ(learning_rate(config, 60, kSteps), 0.0F);
}

TEST(LearningRate, WarmsUpOnceOnly) {
  TrainingConfig config = config_of(Schedule::kCosine);
  config.restart_epochs = {4};
  config.warmup_epochs = 1;
  EXPECT_FLOAT_EQ(learning_rate(config, 0, kSteps), 0.05F);
  EXPECT_FLOAT_EQ(learning_rate(config, 40, kSteps), 0.5F);
}

TEST(LearningRate, StepMultipliesEverySoManyEpochs) {
  TrainingConfig config = config_of(Schedule::kStep);
  config.step_epochs = 3;
  config.step_factor = 0.1;
  EXPECT_FLOAT_EQ(learning_rate(config, 29, kSteps), 0.5F);
  EXPECT_FLOAT_EQ(learning_rate(config, 30, kSteps), 0.05F);
  EXPECT_FLOAT_EQ(learning_rate(config, 59, kSteps), 0.05F);
  EXPECT_FLOAT_EQ(learning_rate(config, 60, kSteps), 0.005F);
}

TEST(LearningRate, WarmUpRisesLinearlyToTheSchedulesValue) {
  TrainingConfig config = config_of(Schedule::kConstant);
  config.warmup_epochs = 2;
  EXPECT_FLOAT_EQ(learning_rate(config, 0, kSteps), 0.5F / 20);
  EXPECT_FLOAT_EQ(learning_rate(config, 9, kSteps), 0.25F);
  EXPECT_FLOAT_EQ(learning_rate(config, 19, kSteps), 0.5F);
  EXPECT_FLOAT_EQ(learning_rate(config, 20, kSteps), 0.5F);
}

TEST(LearningRate, WarmUpScalesAnySchedule) {
  TrainingConfig config = config_of(Schedule::kCosine);
  const float cold = learning_rate(config, 9, kSteps);
  config.warmup_epochs = 2;
  EXPECT_FLOAT_EQ(learning_rate(config, 9, kSteps), cold / 2);
}

}  // namespace
}  // namespace regrow

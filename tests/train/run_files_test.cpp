// What a run leaves in its folder, and that it says the truth.
#include <gtest/gtest.h>

#include <numeric>

#include "support/devices.h"
#include "support/temp_dir.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

class RunFiles : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    Config config = small_config(GetParam(), Method::kAccSet);
    config.learning_rate = 0.3;  // so that the last epoch is not the best one
    config.epochs = 8;
    history_ = whole_run(config, dir_.path() / "run");
  }

  RunFolder folder() const { return RunFolder::open(dir_.path() / "run"); }

  TempDir dir_;
  std::vector<EpochRecord> history_;
};

TEST_P(RunFiles, MetricsAreTheHistory) { EXPECT_EQ(folder().read_metrics(), history_); }

TEST_P(RunFiles, TheBestCheckpointIsTheNetworkThatScoredBest) {
  const std::size_t best = best_epoch(history_);
  ASSERT_LT(best + 1, history_.size());
  const Checkpoint saved = read_checkpoint(folder().best());
  ASSERT_EQ(saved.history.size(), best + 1);
  EXPECT_FALSE(saved.history.back().theta.has_value()) << "before its evolution";

  const auto backend = make_backend(saved.device, backend_options(saved.config));
  backend->attach(std::make_shared<const Dataset>(load_dataset(saved.config)));
  backend->load(saved.network);
  const LossSums sums = backend->evaluate(Split::kValidation);
  EXPECT_EQ(static_cast<double>(sums.hits) / static_cast<double>(sums.samples),
            history_[best].val_accuracy);
}

TEST_P(RunFiles, TheLastCheckpointIsTheNetworkOfTheLastEpoch) {
  const Checkpoint saved = read_checkpoint(folder().last());
  EXPECT_EQ(saved.history, history_);
  EXPECT_EQ(saved.progress.epoch, 8U);
  const auto backend = make_backend(saved.device, backend_options(saved.config));
  backend->attach(std::make_shared<const Dataset>(load_dataset(saved.config)));
  backend->load(saved.network);
  const LossSums sums = backend->evaluate(Split::kTest);
  EXPECT_EQ(sums.loss / static_cast<double>(sums.samples), history_.back().test_loss);
}

TEST_P(RunFiles, TheSummaryIsOfTheHistory) {
  const Summary summary = folder().read_summary();
  EXPECT_EQ(summary.status, "finished");
  EXPECT_EQ(summary.epochs, 8U);
  EXPECT_EQ(summary.final, history_.back());
  EXPECT_EQ(summary.best, history_[best_epoch(history_)]);
  EXPECT_EQ(summary.initial_connections, 96U + 105U);
  EXPECT_EQ(summary.device, GetParam());
}

TEST_P(RunFiles, TimingsHaveOneEntryAnEpoch) {
  const std::vector<EpochTimings> timings = folder().read_timings();
  ASSERT_EQ(timings.size(), 8U);
  for (std::uint32_t e = 0; e < 8; ++e) {
    EXPECT_EQ(timings[e].epoch, e);
    EXPECT_GT(timings[e].train, 0);
    EXPECT_GT(timings[e].write, 0);
    EXPECT_EQ(timings[e].grow > 0, e < 7) << "no evolution after the last epoch";
  }
  const double sum =
      std::accumulate(timings.begin(), timings.end(), 0.0,
                      [](double seconds, const EpochTimings& t) { return seconds + t.total(); });
  EXPECT_NEAR(folder().read_summary().seconds, sum, 1e-9);
}

INSTANTIATE_TEST_SUITE_P(Devices, RunFiles, testing::ValuesIn(kTestDevices),
                         [](const auto& test) { return test_name(test.param); });

}  // namespace
}  // namespace regrow::tests

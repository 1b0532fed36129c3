// An evolution that scores cells takes the place of a step: which steps are trained, what is
// recorded of the others, and what all of them cost.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "regrow/load_dataset.h"
#include "support/evolutions.h"
#include "support/recording_backend.h"
#include "support/temp_dir.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

using Steps = std::vector<std::uint64_t>;

/// Ten steps of 20 samples an epoch.
Config scoring_config(Method method = Method::kSet) {
  Config config = small_config("reference", method);
  config.grow = rule_of("gradient");
  config.epochs = 3;
  return config;
}

class ScoringSteps : public testing::Test {
 protected:
  void run(Config config) {
    resolve(config);
    auto dataset = std::make_shared<const Dataset>(load_dataset(config));
    auto backend = std::make_unique<RecordingBackend>(
        make_backend("reference", backend_options(config)), requests_);
    Checkpoint state = starting_state(config, *dataset, backend->capabilities());
    Trainer(std::move(state), dataset, std::move(backend),
            RunFolder::create(dir_.path() / "run", false))
        .run();
  }
  RunFolder folder() const { return RunFolder::open(dir_.path() / "run"); }

  /// All of `count`, each once: trained, but for those.
  void expect_trained_but(const Steps& replaced, std::uint64_t count) const {
    EXPECT_EQ(requests_.differentiated, replaced);
    Steps all = requests_.steps;
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
    all.insert(all.end(), replaced.begin(), replaced.end());
    std::sort(all.begin(), all.end());
    ASSERT_EQ(all.size(), count);
    for (std::uint64_t step = 0; step < count; ++step) EXPECT_EQ(all[step], step);
  }

  TempDir dir_;
  Requests requests_;
};

TEST_F(ScoringSteps, AreNotTrained) {
  Config config = scoring_config();
  config.evolve_every = {0, 7};
  run(config);
  expect_trained_but({7, 14, 21, 28}, 30);
}

TEST_F(ScoringSteps, OfEveryEpochAreTheFirstOfTheNextOne) {
  run(scoring_config());
  expect_trained_but({10, 20}, 30);
  const std::vector<EpochRecord> epochs = folder().read_metrics();
  EXPECT_EQ(epochs[0].theta, std::nullopt) << "none was due yet";
  EXPECT_GT(epochs[1].layers[0].grown, 0U);
  EXPECT_GT(epochs[2].layers[0].grown, 0U);
}

TEST_F(ScoringSteps, BelongToTheirEpochsLosses) {
  Config config = scoring_config();
  config.evolve_every = {0, 4};
  run(config);
  ASSERT_EQ(requests_.sums.size(), 30U);
  for (const EpochRecord& epoch : folder().read_metrics()) {
    LossSums sums;
    for (std::size_t s = 0; s < 10; ++s) sums += requests_.sums[epoch.epoch * 10 + s];
    EXPECT_EQ(sums.samples, 200U);
    EXPECT_EQ(epoch.loss, sums.loss / 200);
    EXPECT_EQ(epoch.accuracy, static_cast<double>(sums.hits) / 200);
  }
}

TEST_F(ScoringSteps, AreTrainedWhereTheEvolutionIsPaused) {
  Config config = scoring_config(Method::kDynSet);
  config.epochs = 8;
  config.pause_gap = 1;
  config.pause_min_history = 2;
  config.learning_rate = 0.2;  // so high that the loss rises now and then
  run(config);
  Steps replaced;
  int paused = 0;
  for (const EvolutionRecord& evolution : folder().read_evolutions()) {
    EXPECT_EQ(evolution.replaces_step, !evolution.is_paused);
    if (evolution.is_paused) ++paused;
    if (!evolution.is_paused) replaced.push_back(evolution.step);
  }
  EXPECT_GT(paused, 0);
  EXPECT_GT(replaced.size(), 0U);
  expect_trained_but(replaced, 80);
}

TEST_F(ScoringSteps, CostWhatTheyCompute) {
  Config config = scoring_config();
  config.evolve_every = {0, 7};
  config.theta_scale = 0.6;  // fewer and fewer connections
  run(config);
  const std::vector<EvolutionRecord> evolutions = folder().read_evolutions();
  ASSERT_EQ(evolutions.size(), 4U);
  const auto hidden = [&](std::size_t layer, std::size_t evolved) {
    return evolved < evolutions.size() ? evolutions[evolved].layers[layer].present.sum()
                                       : evolutions.back().layers[layer].after();
  };
  TrainingCost expected;
  for (std::uint64_t step = 0; step < 30; ++step) {
    const std::size_t evolved = (std::max<std::uint64_t>(step, 1) - 1) / 7;  // before it
    const bool is_replaced = step > 0 && step % 7 == 0;
    const std::uint64_t first = hidden(0, evolved), second = hidden(1, evolved);
    const std::uint64_t output = 15 * 4;
    ++expected.steps;
    expected.connection_steps += first + second;
    expected.peak_connections = std::max(expected.peak_connections, first + second);
    expected.forward += 20 * (first + second + output);
    expected.backward += 20 * (second + output);
    if (!is_replaced) expected.backward += 20 * (first + second + output);
    if (!is_replaced) continue;
    for (const EvolvedLayer& layer : evolutions[evolved].layers) {
      EXPECT_GT(layer.scored, 0U);
      expected.scoring += 20 * layer.scored;
    }
  }
  EXPECT_EQ(read_checkpoint(folder().last()).progress.cost, expected);
}

TEST_F(ScoringSteps, OfAllCellsScoreWhatIsInactive) {
  Config config = scoring_config();
  config.evolve_every = {0, 7};
  run(config);
  for (const EvolutionRecord& evolution : folder().read_evolutions()) {
    const EvolvedLayer& layer = evolution.layers[0];
    EXPECT_EQ(layer.scored, 12U * 20 - layer.present.sum() + layer.dropped.sum());
  }
}

}  // namespace
}  // namespace regrow::tests

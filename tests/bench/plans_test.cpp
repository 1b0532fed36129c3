// What `regrow bench` times is what the trainer would do: the same plans, whatever the settings.
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bench/epoch_runner.h"
#include "bench/problem.h"
#include "config/resolves.h"
#include "config/settings.h"
#include "regrow/trainer.h"
#include "support/recording_backend.h"
#include "support/temp_dir.h"

namespace regrow::bench {
namespace {

using tests::RecordingBackend;
using tests::Requests;

constexpr std::uint32_t kEvolutions = 2;

/// SET on the smallest problem, without files and records that can be left out.
Config tiny_config() {
  Config config = problem_config(problem_size("tiny"));
  config.device = "cpu";
  config.threads = 1;
  config.topology = false;
  config.tensorboard = false;
  config.checkpoint_every.epochs = kEvolutions + 1;
  config.epochs = kEvolutions + 1;  // the last is not followed by an evolution
  return config;
}

std::shared_ptr<const Dataset> data_of(const Config& config) {
  const ProblemSize& size = problem_size("tiny");
  auto dataset = std::make_shared<Dataset>(
      *noise_dataset(size.shape, size.steps * size.batch, size.test_images));
  dataset->order = config.input_order;
  return dataset;
}

std::unique_ptr<Backend> recording(const Config& config, Requests& requests) {
  return std::make_unique<RecordingBackend>(make_backend(config.device, backend_options(config)),
                                            requests);
}

Requests of_bench(const Config& config) {
  Requests requests;
  const auto dataset = data_of(config);
  EpochRunner runner(config, recording(config, requests), dataset,
                     initial_network(config, dataset->shape.features(), dataset->classes()),
                     steps_per_epoch(config, *dataset));
  for (std::uint32_t epoch = 0; epoch < kEvolutions; ++epoch) runner.run(EpochEnd::kAll, nullptr);
  return requests;
}

Requests of_trainer(const Config& config) {
  const TempDir dir;
  Requests requests;
  const auto dataset = data_of(config);
  auto backend = recording(config, requests);
  Checkpoint state = starting_state(config, *dataset, backend->capabilities());
  Trainer trainer(std::move(state), dataset, std::move(backend),
                  RunFolder::create(dir.path() / "run", false));
  trainer.run();
  return requests;
}

std::vector<EvolutionPlan> plans_of(const Requests& requests) {
  std::vector<EvolutionPlan> plans;
  for (const tests::Evolution& evolution : requests.evolutions) plans.push_back(evolution.plan);
  return plans;
}

/// Counts of what is dropped follow from the weights: equal ones from equal training.
void expect_equal_plans(Config config, const std::string& what) {
  resolve(config);
  const std::vector<EvolutionPlan> bench = plans_of(of_bench(config));
  ASSERT_EQ(bench.size(), kEvolutions) << what;
  EXPECT_EQ(bench, plans_of(of_trainer(config))) << what;
}

/// The settings with choices that an evolution may depend on; the bench's method is SET.
std::vector<const Setting*> settings_of_evolution() {
  std::vector<const Setting*> result;
  for (const Setting& setting : settings()) {
    const bool is_of_evolution = setting.section == "evolution" && setting.key != "method";
    if (is_of_evolution && !setting.choices.empty()) result.push_back(&setting);
  }
  for (const char* key : {"input_order", "weight_init", "sparse_init", "momentum_reset"}) {
    result.push_back(find_setting(key));
  }
  return result;
}

TEST(BenchPlans, AreTheTrainersForEveryChoiceOfEverySetting) {
  for (const Setting* setting : settings_of_evolution()) {
    ASSERT_FALSE(setting->choices.empty()) << setting->key;
    for (const std::string& choice : setting->choices) {
      Config config = tiny_config();
      setting->set_from_string(config, choice, setting->flag());
      if (resolves(config)) expect_equal_plans(config, setting->flag() + " " + choice);
    }
  }
}

TEST(BenchPlans, AreTheTrainersForSettingsThatAreNoChoices) {
  const std::vector<std::vector<std::pair<const char*, const char*>>> cases = {
      {{"grace", "1"}},
      {{"regrow_dropped", "false"}},
      {{"grow", "ranks:0,0,1,2,3,never,never,never,1"}},
      {{"zeta_schedule", "cosine"}, {"final_zeta", "0.1"}},
      {{"density_schedule", "cubic"}, {"final_density", "0.05"}},
      {{"pause", "loss"}, {"pause_gap", "1"}, {"pause_min_history", "2"}}};
  for (const auto& settings : cases) {
    Config config = tiny_config();
    std::string what;
    for (const auto& [key, value] : settings) {
      find_setting(key)->set_from_string(config, value, key);
      what += std::string(key) + " " + value + " ";
    }
    ASSERT_TRUE(resolves(config)) << what;
    expect_equal_plans(config, what);
  }
}

TEST(BenchPlans, AreTheTrainersForManySettingsAtOnce) {
  std::mt19937 random(5);
  for (int sample = 0; sample < 20; ++sample) {
    Config config = tiny_config();
    config.seed = random() % 100;
    config.zeta_millionths = random() % 1'000'001;
    std::string what = "zeta " + std::to_string(config.zeta_millionths);
    for (const Setting* setting : settings_of_evolution()) {
      Config changed = config;
      const std::string& choice = setting->choices[random() % setting->choices.size()];
      setting->set_from_string(changed, choice, setting->flag());
      if (!resolves(changed)) continue;
      config = changed;
      what += " " + setting->flag() + " " + choice;
    }
    expect_equal_plans(config, what);
  }
}

}  // namespace
}  // namespace regrow::bench

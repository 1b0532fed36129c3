#include "support/seed_runs.h"

#include <utility>

#include "regrow/checkpoint.h"
#include "regrow/run_folder.h"
#include "regrow/trainer.h"
#include "support/evolutions.h"
#include "support/temp_dir.h"
#include "support/tiny_data.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

Config seed_config(const std::string& device, Method method) {
  Config config = small_config(device, method);
  config.synthetic_features = 6;
  config.synthetic_classes = 3;
  config.synthetic_train = 48;
  config.synthetic_test = 9;
  config.validation = {7};
  config.batch = 8;  // 41 are trained on
  config.hidden = {5, 4};
  config.epsilon = 2;
  config.epochs = 2;
  return config;
}

RunFiles trained(const Config& config, TrainerEvents events = {}) {
  const TempDir dir;
  start_run(config, dir.path() / "run", std::move(events)).run();
  return files_of(dir.path() / "run");
}

/// One step into it: a trainer's first piece of an epoch is one.
RunFiles stopped_in_the_second_epoch(const Config& config) {
  const TempDir dir;
  bool is_over = false;
  TrainerEvents events;
  events.on_epoch = [&](const EpochRecord&, const EpochTimings&) { is_over = true; };
  events.stop_requested = [&] { return is_over; };
  start_run(config, dir.path() / "run", events).run();
  resume_run(dir.path() / "run", 0, stopping_after(1)).run();
  return files_of(dir.path() / "run");
}

/// Of images, which are augmented, and whose neighbours are known.
RunFiles trained_on_images() {
  Config config = seed_config("cpu", Method::kAccSet);
  config.dataset = DatasetName::kMnist;
  config.augment = true;
  config.flip_probability = 0;
  config.grow = rule_of("pixel_neighbour");
  resolve(config);
  const auto dataset = shared_tiny_dataset({.shape = {1, 3, 2}, .train_samples = 48});
  auto backend = make_backend("cpu", backend_options(config));
  Checkpoint state = starting_state(config, *dataset, backend->capabilities());
  const TempDir dir;
  Trainer(std::move(state), dataset, std::move(backend),
          RunFolder::create(dir.path() / "run", false))
      .run();
  return files_of(dir.path() / "run");
}

}  // namespace

std::vector<SeedRun> seed_runs() {
  std::vector<SeedRun> runs;
  const auto add = [&](const std::string& name, RunFiles files) {
    runs.push_back({name, std::move(files)});
  };
  Config config = seed_config("cpu", Method::kLset);
  // A finished run's last epoch has not been followed by evolution: more epochs begin with one.
  add("pending", trained(config));
  add("untrained", trained(config, stopping_after(0)));
  add("in_the_first_epoch", trained(config, stopping_after(1)));
  add("in_the_second_epoch", stopped_in_the_second_epoch(config));
  config = seed_config("cpu", Method::kDynSet);
  config.epochs = 6;
  config.grow = rule_of("most_neighbours");
  config.pause_gap = 1;
  config.pause_min_history = 2;
  add("paused", trained(config));
  config = seed_config("cpu", Method::kSet);
  config.topology = false;
  config.tensorboard = false;
  add("without_topology", trained(config));
  add("dense", trained(seed_config("cpu", Method::kDense)));
  add("static", trained(seed_config("reference", Method::kStatic)));
  add("float64", trained(seed_config("reference", Method::kAccSet)));
  add("images", trained_on_images());
  return runs;
}

}  // namespace regrow::tests

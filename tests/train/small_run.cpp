// A run of a few epochs on a small synthetic problem, in a folder of its own, and what it leaves.
#include "train/small_run.h"

#include <memory>
#include <utility>

#include "regrow/load_dataset.h"

namespace regrow::tests {

Config small_config(const std::string& device, Method method, Measure measure) {
  Config config = preset_config(PresetName::kDefault, DatasetName::kSynthetic);
  config.device = device;
  config.threads = 1;
  config.method = method;
  config.measure = measure;
  config.synthetic_features = 12;
  config.synthetic_train = 240;
  config.synthetic_test = 50;
  config.validation = {35};
  config.hidden = {20, 15};
  config.epsilon = 3;
  config.batch = 20;  // 205 are trained on: five are left out
  config.epochs = 5;
  config.checkpoint_every.epochs = 1;
  // An emulated kernel takes its time whatever the batch: fewer batches, with five left out as
  // well.
  if (device.find("emulated") != std::string::npos) config.synthetic_train = 120;
  return config;
}

Trainer start_run(Config config, const std::filesystem::path& path, TrainerEvents events) {
  resolve(config);
  auto dataset = std::make_shared<const Dataset>(load_dataset(config));
  auto backend = make_backend(config.device, backend_options(config));
  Checkpoint state = starting_state(config, *dataset, backend->capabilities());
  return {std::move(state), std::move(dataset), std::move(backend), RunFolder::create(path, false),
          std::move(events)};
}

Trainer resume_run(const std::filesystem::path& path, std::int64_t epochs, TrainerEvents events) {
  RunFolder folder = RunFolder::resume(path);
  Checkpoint state = read_checkpoint(folder.last());
  state.config.threads = 1;
  state.config.checkpoint_every.epochs = 1;
  auto dataset = std::make_shared<const Dataset>(load_dataset(state.config));
  require_same_data(state, *dataset);
  change_length(state, *dataset, folder,
                length_with(state.config, epochs > 0 ? epochs : state.config.epochs));
  auto backend = make_backend(state.device, backend_options(state.config));
  return {std::move(state), std::move(dataset), std::move(backend), std::move(folder),
          std::move(events)};
}

std::vector<EpochRecord> whole_run(const Config& config, const std::filesystem::path& path) {
  start_run(config, path).run();
  return RunFolder::open(path).read_metrics();
}

RunBytes bytes_of(const std::filesystem::path& path) {
  return {read_file(path / "last.safetensors"), read_file(path / "best.safetensors"),
          read_file(path / "metrics.jsonl"),
          std::filesystem::exists(path / "evolutions.jsonl") ? read_file(path / "evolutions.jsonl")
                                                             : ""};
}

std::string summary_of(const std::filesystem::path& path) {
  return read_file(path / "summary.json");
}

TrainerEvents stopping_after(int pieces) {
  TrainerEvents events;
  events.stop_requested = [left = pieces]() mutable { return left-- <= 0; };
  return events;
}

}  // namespace regrow::tests

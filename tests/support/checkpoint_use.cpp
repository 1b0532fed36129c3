#include "support/checkpoint_use.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <limits>
#include <memory>
#include <sstream>
#include <utility>

#include "cli/commands.h"
#include "cli/resume.h"
#include "cli/training_run.h"
#include "regrow/checkpoint.h"
#include "regrow/error.h"
#include "regrow/run_folder.h"
#include "regrow/trainer.h"
#include "support/silence.h"

namespace regrow::tests {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostCells = std::uint64_t{1} << 14;   // of all layers
constexpr std::uint64_t kMostNeurons = 1024;                   // of a layer
constexpr std::uint64_t kMostValues = std::uint64_t{1} << 16;  // of a batch, and of a data set
constexpr std::uint32_t kMostSteps = 12;                       // before those that are trained
constexpr int kMostPieces = 40;
constexpr std::uint32_t kHeldOut = 3;

bool is_small(const Checkpoint& checkpoint) {
  const auto batch = static_cast<std::uint64_t>(checkpoint.config.batch);
  const ImageShape& shape = checkpoint.shape;
  for (const std::uint32_t side : {shape.channels, shape.height, shape.width}) {
    if (side > kMostNeurons) return false;
  }
  std::uint64_t cells = 0;
  for (const LayerState& layer : checkpoint.network.layers) {
    if (std::max(layer.inputs, layer.outputs) > kMostNeurons) return false;
    if (batch * std::max(layer.inputs, layer.outputs) > kMostValues) return false;
    cells += layer.cell_count();
  }
  const std::uint64_t steps = std::min(checkpoint.progress.step, kMostSteps) + 2;
  return cells <= kMostCells && batch * steps * shape.features() <= kMostValues;
}

/// What `regrow eval` and `regrow train --resume` would make for it is small, too.
bool has_small_synthetic_data(const Config& config) {
  const auto samples = static_cast<std::uint64_t>(config.synthetic_train) +
                       static_cast<std::uint64_t>(config.synthetic_test);
  const auto features = static_cast<std::uint64_t>(config.synthetic_features);
  return config.dataset == DatasetName::kSynthetic && samples <= kMostValues &&
         features <= kMostNeurons && samples * features <= kMostValues;
}

LabelledSamples images(const Checkpoint& checkpoint, std::uint64_t samples) {
  LabelledSamples made;
  const std::uint64_t features = checkpoint.shape.features();
  for (std::uint64_t i = 0; i < samples; ++i) {
    made.labels.push_back(static_cast<std::uint16_t>(i % checkpoint.class_names.size()));
    for (std::uint64_t f = 0; f < features; ++f) {
      made.bytes().push_back(static_cast<std::uint8_t>(i * 89 + f * 151));
    }
  }
  return made;
}

/// Long enough for the checkpoint's place in its epoch, and a step more.
std::shared_ptr<const Dataset> dataset_for(const Checkpoint& checkpoint) {
  Dataset dataset;
  dataset.name = "in memory";
  dataset.shape = checkpoint.shape;
  dataset.class_names = checkpoint.class_names;
  dataset.standardisation = checkpoint.standardisation;
  dataset.order = checkpoint.config.input_order;
  dataset.validation_is_test = checkpoint.config.validation.is_test();
  const std::uint64_t steps = std::min(checkpoint.progress.step, kMostSteps) + 2;
  const std::uint64_t trained = steps * static_cast<std::uint64_t>(checkpoint.config.batch);
  dataset.train = images(checkpoint, trained + kHeldOut);
  dataset.test = images(checkpoint, kHeldOut + 1);
  for (std::uint32_t id = 0; id < trained + kHeldOut; ++id) {
    (id < trained ? dataset.train_ids : dataset.validation_ids).push_back(id);
  }
  return std::make_shared<const Dataset>(std::move(dataset));
}

/// Local settings are config.toml's.
Config on_one_thread(Config config) {
  config.threads = 1;
  return config;
}

void evaluate(const Checkpoint& checkpoint, const std::string& device) {
  const auto dataset = dataset_for(checkpoint);
  const auto backend = make_backend(device, backend_options(on_one_thread(checkpoint.config)));
  backend->attach(dataset);
  backend->load(checkpoint.network);
  std::vector<float> logits(dataset->test.size() * dataset->classes());
  backend->evaluate(Split::kTest, logits);
}

/// As many as it takes to see an evolution, and a step of the network that it makes.
std::int64_t more_epochs(const Checkpoint& checkpoint) {
  const Progress& at = checkpoint.progress;
  return std::int64_t{at.epoch} + (at.evolution_pending ? 1 : 2);
}

/// A cosine over all epochs cannot be cut short.
std::vector<GivenFlag> more_epochs_flags(const Checkpoint& checkpoint) {
  const Config& config = checkpoint.config;
  const std::int64_t epochs = more_epochs(checkpoint);
  const bool is_cosine = config.schedule == Schedule::kCosine && config.decay_epochs == 0;
  if (is_cosine && epochs < config.epochs) return {};
  return {{find_setting("epochs"), std::to_string(epochs)}};
}

void train(const RunFolder& folder, const std::string& device) {
  const Checkpoint read = read_checkpoint(folder.last());
  ResumedRun resumed = regrow::resume_run(folder, more_epochs_flags(read));
  Checkpoint& state = resumed.state;
  auto backend = make_backend(device, backend_options(state.config));
  const auto dataset = dataset_for(state);
  state.data = digest_of(*dataset);  // it is made up; what it trained on is not here
  if (std::optional<TrainingCost>& cost = state.progress.cost) {  // and its epochs are not as long
    const std::uint64_t epoch_steps = steps_per_epoch(state.config, *dataset);
    cost->steps = state.progress.epoch * epoch_steps + state.progress.step;
  }
  change_length(state, *dataset, folder, resumed.length);
  TrainerEvents events;
  events.stop_requested = [pieces = 0]() mutable { return ++pieces > kMostPieces; };
  Trainer trainer(std::move(state), dataset, std::move(backend), folder, std::move(events));
  trainer.run();
}

class Run {
 public:
  Run(const RunFiles& files, fs::path folder) : files_(files), folder_(std::move(folder)) {}
  ~Run() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// The folder with the run's files as they were at first, and the configuration as given.
  fs::path restored(const std::string& config) const {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    for (const auto& [name, content] : files_) write(name, content);
    if (!config.empty()) write("config.toml", config);
    return folder_;
  }

 private:
  void write(const std::string& name, const std::string& content) const {
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }

  const RunFiles& files_;
  fs::path folder_;
};

}  // namespace

RunFiles files_of(const fs::path& run) {
  RunFiles files;
  for (const auto& entry : fs::directory_iterator(run)) {
    files[entry.path().filename().string()] = read_file(entry.path());
  }
  return files;
}

std::vector<Stage> use_checkpoint(const RunFiles& files, const fs::path& folder, Use use) {
  std::vector<Stage> stages;
  const auto stage = [&](const std::string& name, const auto& action) {
    stages.push_back({name, "", ""});
    const Silence silence(std::cout);
    try {
      action();
    } catch (const Error& error) {
      stages.back().refusal = error.what();
      if (stages.back().refusal.empty()) stages.back().refusal = "without a word";
    }
    stages.back().printed = silence.kept();
  };
  const Run run(files, folder);
  const std::string last = (run.restored("") / "last.safetensors").string();
  Checkpoint checkpoint;
  stage("read", [&] { checkpoint = read_checkpoint(last); });
  if (!stages.back().refusal.empty() || !is_small(checkpoint)) return stages;
  stage("write", [&] { write_checkpoint(folder / "again.safetensors", checkpoint); });
  stage("inspect", [&] { inspect_command({.checkpoint = last}); });
  // As if the configuration beside it had been changed with it.
  const std::string config = to_toml(on_one_thread(checkpoint.config));
  stage("train on cpu", [&] { train(RunFolder::resume(run.restored(config)), "cpu"); });
  if (use == Use::kBriefly) return stages;
  stage("train on reference", [&] { train(RunFolder::resume(run.restored(config)), "reference"); });
  for (const std::string device : {"cpu", "reference"}) {
    stage("evaluate on " + device, [&] { evaluate(checkpoint, device); });
  }
  if (!has_small_synthetic_data(checkpoint.config)) return stages;
  run.restored(config);
  stage("eval", [&] {
    eval_command({.checkpoint = last,
                  .flags = {{find_setting("threads"), "1"}},
                  .split = "validation",
                  .out = (folder / "predictions.csv").string()});
  });
  stage("resume", [&] {
    TrainOptions options;
    options.settings.flags = more_epochs_flags(checkpoint);
    options.resume = run.restored(config).string();
    std::ostringstream nowhere;
    run_training(options, {.out = nowhere,
                           .err = nowhere,
                           .style = {.bar = true, .lines = true, .columns = 80},
                           .stop_signal = [pieces = 0]() mutable {
                             return ++pieces > kMostPieces ? 15 : 0;
                           }});
  });
  return stages;
}

}  // namespace regrow::tests

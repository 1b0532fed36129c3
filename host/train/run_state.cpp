// Where a run starts, and what must hold when it is asked for another number of epochs.
#include <fmt/format.h>

#include <utility>

#include "regrow/error.h"
#include "regrow/trainer.h"

namespace regrow {

std::uint32_t steps_per_epoch(const Config& config, const Dataset& dataset) {
  const std::size_t samples = view(dataset, Split::kTrain).size();
  const auto batch = static_cast<std::size_t>(config.batch);
  if (samples < batch) {
    throw Error(fmt::format(
        "{}: {} training samples are fewer than one batch of {}; lower --batch or hold out fewer",
        dataset.name, samples, batch));
  }
  return static_cast<std::uint32_t>(samples / batch);
}

Checkpoint starting_state(const Config& config, const Dataset& dataset,
                          const Capabilities& capabilities, std::vector<std::string>* warnings) {
  steps_per_epoch(config, dataset);
  Checkpoint state;
  state.config = config;
  state.config.device = capabilities.device;
  state.device = capabilities.device;
  state.instruction_set = capabilities.instruction_set;
  state.shape = dataset.shape;
  state.class_names = dataset.class_names;
  state.standardisation = dataset.standardisation;
  state.network = initial_network(config, dataset.shape.features(), dataset.classes(), warnings);
  state.network.precision = capabilities.precision;
  return state;
}

void set_epochs(Checkpoint& state, const RunFolder& folder, std::int64_t epochs) {
  if (epochs == state.config.epochs) return;
  // An epoch that has been followed by evolution cannot be the last one any more.
  const std::int64_t fewest = state.progress.epoch + (state.progress.evolution_pending ? 0 : 1);
  if (epochs < fewest) {
    throw UsageError(fmt::format("--epochs {}: the run in {} is beyond that; ask for at least {}",
                                 epochs, folder.path().string(), fewest));
  }
  if (state.config.schedule == Schedule::kCosine && state.config.decay_epochs == 0) {
    throw UsageError(fmt::format(
        "--epochs {}: this run's cosine schedule ends with its {} epochs, so another number would "
        "change the learning rates already used; start a new run, with --decay-epochs given",
        epochs, state.config.epochs));
  }
  state.config.epochs = epochs;
  if (!std::filesystem::exists(folder.best())) return;
  Checkpoint best = read_checkpoint(folder.best());
  best.config.epochs = epochs;
  write_checkpoint(folder.best(), best);
}

}  // namespace regrow

// One run from its start, or from where it was left, to its end.
#include "cli/training_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ostream>

#include "cli/one_line.h"
#include "cli/resume.h"
#include "regrow/devices.h"
#include "regrow/error.h"
#include "regrow/trainer.h"
#include "train/recovery.h"

namespace regrow {
namespace {

/// All that a trainer takes.
struct Run {
  Checkpoint state;
  std::shared_ptr<const Dataset> dataset;
  std::unique_ptr<Backend> backend;
  RunFolder folder;
};

void print(const std::vector<std::string>& warnings, std::ostream& err) {
  for (const std::string& warning : warnings) {
    err << "warning: " << one_line(warning) << '\n';
  }
}

Run start(const TrainOptions& options, const RunConsole& console) {
  std::vector<std::string> notes;
  Config config = configured(options.settings, notes);
  if (!options.quiet) print_notes(notes, console.err);
  if (config.out.empty()) {
    config.out =
        fmt::format("runs/{}-{}-s{}", name_of(config.dataset), name_of(config.method), config.seed);
  }
  if (config.device == "auto") {
    const ChosenDevice chosen = choose_device();
    if (!options.quiet) {
      console.out << fmt::format("device: {} ({})\n", chosen.name, chosen.reason);
    }
    config.device = chosen.name;
  }
  auto backend = make_backend(config.device, backend_options(config));
  auto dataset = std::make_shared<const Dataset>(load_dataset(config));
  std::vector<std::string> warnings;
  Checkpoint state = starting_state(config, *dataset, backend->capabilities(), &warnings);
  if (!options.quiet) print(warnings, console.err);
  // Last, so that nothing is created, and nothing replaced, for a run that cannot start.
  RunFolder folder = RunFolder::create(config.out, options.force);
  return {std::move(state), std::move(dataset), std::move(backend), std::move(folder)};
}

Run resume(const TrainOptions& options, const RunConsole& console) {
  if (options.force || !options.settings.config_file.empty()) {
    throw UsageError(fmt::format("{} is for a new run; --resume goes on with the one in {}",
                                 options.force ? "--force" : "--config", options.resume));
  }
  RunFolder folder = RunFolder::resume(options.resume);
  ResumedRun resumed = resume_run(folder, options.settings.flags, options.from);
  auto backend = same_backend(resumed.state, resumed.device);
  auto dataset = std::make_shared<const Dataset>(load_dataset(resumed.state.config));
  require_same_data(resumed.state, *dataset);
  const std::int64_t epochs = resumed.epochs.value_or(resumed.state.config.epochs);
  // Nothing is changed for a run that cannot go on.
  check_epochs(resumed.state, *dataset, folder, epochs);
  if (!options.from.empty()) folder.go_back_to(checkpoint_named(folder, options.from));
  std::vector<std::string> warnings = std::move(resumed.warnings);
  set_epochs(resumed.state, *dataset, folder, epochs, &warnings);
  if (!options.quiet) print(warnings, console.err);
  return {std::move(resumed.state), std::move(dataset), std::move(backend), std::move(folder)};
}

void introduce(const Run& run, std::ostream& out) {
  const Dataset& data = *run.dataset;
  const auto size = [&](Split split) { return view(data, split).size(); };
  std::vector<std::uint64_t> neurons, connections;
  for (const LayerState& layer : run.state.network.layers) {
    neurons.push_back(layer.inputs);
    connections.push_back(layer.connections());
  }
  neurons.push_back(run.state.network.layers.back().outputs);
  const std::string description = run.backend->capabilities().description;
  const std::string device = description.starts_with(run.state.device)
                                 ? description
                                 : fmt::format("{}: {}", run.state.device, description);
  out << fmt::format(
      "{} | {}: {} training, {} validation{}, {} test samples | {} neurons, {} connections | "
      "{}\n",
      device, data.name, size(Split::kTrain), size(Split::kValidation),
      data.validation_is_test ? " (the test set)" : "", size(Split::kTest), fmt::join(neurons, "-"),
      fmt::join(connections, "+"), run.folder.path().string());
  if (run.state.progress.epoch > 0 || run.state.progress.step > 0) {
    out << fmt::format("goes on in epoch {} at step {}\n", run.state.progress.epoch,
                       run.state.progress.step);
  }
  out << std::flush;
}

}  // namespace

int run_training(const TrainOptions& options, const RunConsole& console) {
  Run run = options.resume.empty() ? start(options, console) : resume(options, console);
  if (!options.quiet) introduce(run, console.out);
  const RunFolder folder = run.folder;
  const std::int64_t epochs = run.state.config.epochs;

  ProgressReporter reporter(console.style, epochs, console.out, console.err);
  TrainerEvents events;
  events.on_progress = [&](std::uint32_t epoch, std::uint32_t step, std::uint32_t steps,
                           double loss) { reporter.on_progress(epoch, step, steps, loss); };
  events.on_epoch = [&](const EpochRecord& record, const EpochTimings& timings) {
    reporter.on_epoch(record, timings);
  };
  events.stop_requested = [&] { return console.stop_signal() != 0; };
  Trainer trainer(std::move(run.state), std::move(run.dataset), std::move(run.backend),
                  std::move(run.folder), std::move(events));
  const TrainingOutcome outcome = trainer.run();
  reporter.clear();

  if (outcome == TrainingOutcome::kInterrupted) {
    console.out << fmt::format(
        "interrupted in epoch {} after {} steps; the state is kept; go on with: regrow train "
        "--resume {}\n",
        trainer.progress().epoch, trainer.progress().step, folder.path().string());
    return 128 + console.stop_signal();
  }
  const EpochRecord& last = trainer.history().last;
  console.out << fmt::format(
      "finished {} epochs: test accuracy {:.4f}, test loss {:.4f}, {} connections; {}\n", epochs,
      last.test_accuracy, last.test_loss, last.connections, folder.path().string());
  return 0;
}

}  // namespace regrow

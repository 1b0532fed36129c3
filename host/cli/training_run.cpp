// One run from its start, or from where it was left, to its end.
#include "cli/training_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <ostream>
#include <regex>
#include <string>
#include <string_view>
#include <system_error>

#include "backend/part_support.h"
#include "base/one_line.h"
#include "base/shell_word.h"
#include "base/utf8.h"
#include "cli/resume.h"
#include "cli/run_cautions.h"
#include "cli/run_resources.h"
#include "cli/terminal/number_text.h"
#include "cli/terminal/text_layout.h"
#include "config/check_training.h"
#include "memory/run_memory.h"
#include "regrow/devices.h"
#include "regrow/error.h"
#include "regrow/evolution/method.h"
#include "regrow/load_dataset.h"
#include "regrow/parts.h"
#include "regrow/trainer.h"
#include "system/memory_purpose.h"
#include "train/epochs_text.h"
#include "train/metrics_file.h"
#include "train/migration.h"
#include "train/recovery.h"
#include "train/run_summary.h"

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

using Columns = std::optional<std::size_t>;  // of a terminal, if there is one

/// "data:   …", with the label to the left of all lines where there is a terminal of usual width.
void say(const std::string& label, const std::string& given, Columns columns, std::ostream& out) {
  constexpr std::size_t kIndent = 8;
  constexpr std::size_t kFewestColumns = 32;
  std::string start = fmt::format("{:<{}}", label + ":", kIndent);
  const std::string text = one_line(given);
  if (!columns) {
    out << start << text << '\n';
    return;
  }
  const bool hangs = *columns >= kFewestColumns;
  // A number is not parted from its unit.
  static const std::regex unit(" %"), joined_unit("\u00a0%");
  const std::string joined = std::regex_replace(hangs ? text : start + text, unit, "\u00a0%");
  for (const std::string& line : wrapped(joined, *columns - (hangs ? kIndent : 0))) {
    out << (hangs ? start : "") << std::regex_replace(line, joined_unit, " %") << '\n';
    start.assign(kIndent, ' ');
  }
}

/// The absolute path, so that the run can be gone on with from anywhere; as given where
/// that is no text that can be stored.
std::string from_anywhere(const std::string& file) {
  if (file == "-") return file;  // standard input
  std::error_code error;
  const std::string path = std::filesystem::absolute(file, error).string();
  return error || !is_utf8(path) ? file : path;
}

/// Which epochs have a line on a terminal.
std::string shown_epochs(std::int64_t stride, Measure monitor) {
  if (stride == 1) return fmt::format("every epoch; * the best {} so far", name_of(monitor));
  return fmt::format("every {}{} epoch, and the best so far (*)", stride,
                     stride == 2 ? "nd" : "th");
}

std::shared_ptr<const Dataset> load(const Config& config) {
  const MemoryPurpose purpose("the data set");
  return std::make_shared<const Dataset>(load_dataset(config, predicts_numbers(config)));
}

/// The data that a run was trained on, standardised as it was.
std::shared_ptr<const Dataset> load_same(Checkpoint& state) {
  const MemoryPurpose purpose("the data set");
  Dataset dataset = load_dataset(state.config, predicts_numbers(state.config));
  require_same_data(state, dataset);
  dataset.standardisation = state.standardisation;
  return std::make_shared<const Dataset>(std::move(dataset));
}

/// Why there is no GPU takes lines, and is the same for every run.
std::string reason_of(const ChosenDevice& chosen) {
  return chosen.name == "cpu" ? "no GPU; see regrow devices" : chosen.reason;
}

/// Of what a back end is not told before it has a network.
void require_support_of(const std::string& device, const Config& config) {
  std::vector<std::string_view> parts = {method_row(config.method).name};
  for (const ActivationKind kind : config.activation) parts.push_back(name_of(kind));
  require_support(device, parts, config.activation_dtype);
}

Run start(const TrainOptions& options, const RunConsole& console) {
  ConfiguredRun configured = configure(options.settings);
  Config& config = configured.config;
  if (!options.quiet) print_notes(configured.notes, console.err);
  if (config.out.empty()) {
    const bool is_own = config.dataset == DatasetName::kCustom;
    config.out =
        fmt::format("runs/{}-{}-s{}", is_own ? name_of_file(config.data) : name_of(config.dataset),
                    name_of(config.method), config.seed);
  }
  for (std::string* const path : {&config.data, &config.test}) {
    if (!path->empty()) *path = from_anywhere(*path);
  }
  if (config.device == "auto") {
    const ChosenDevice chosen = choose_device();
    if (!options.quiet) {
      say("device", fmt::format("{} ({})", chosen.name, reason_of(chosen)),
          console.style.text_columns, console.out);
    }
    config.device = chosen.name;
  }
  require_support_of(config.device, config);
  auto backend = make_backend(config.device, backend_options(config));
  if (configured.network && config.dataset == DatasetName::kSynthetic) {
    const DataSize data = expected_data(config);
    require_fit(*configured.network, data.shape, data.classes, name_of(config.dataset));
  }
  require_memory_of_synthetic_data(config);
  auto dataset = load(config);
  require_memory_of_run(config, *dataset,
                        configured.network ? &configured.network->network : nullptr);
  std::vector<std::string> warnings = dataset->notes;
  for (std::string& caution : cautions_of(config, *dataset)) warnings.push_back(std::move(caution));
  const Capabilities& capabilities = backend->capabilities();
  Checkpoint state =
      starting_state(config, *dataset, capabilities, &warnings, std::move(configured.network));
  if (!options.quiet) print(warnings, console.err);
  // Last, so that nothing is created, and nothing replaced, for a run that cannot start.
  RunFolder folder = RunFolder::create(config.out, options.force);
  return {std::move(state), std::move(dataset), std::move(backend), std::move(folder)};
}

/// With the length that it will have.
bool would_be_over(ResumedRun& run) {
  Config& config = run.state.config;
  const RunLength own = length_of(config);
  set_length(config, run.length);
  const bool is_at_end = is_over(run.state);
  set_length(config, own);
  return is_at_end;
}

Run resume(const TrainOptions& options, const RunConsole& console) {
  if (options.force || !options.settings.config_file.empty()) {
    throw UsageError(fmt::format("{} is for a new run; --resume goes on with the one in {}",
                                 options.force ? "--force" : "--config", options.resume));
  }
  RunFolder folder = RunFolder::resume(options.resume);
  ResumedRun resumed = resume_run(folder, options.settings.flags, options.from, options.migrate);
  for (const auto& [key, path] : {std::pair("data", &resumed.state.config.data),
                                  std::pair("test", &resumed.state.config.test)}) {
    if (find_given(options.settings.flags, key) != nullptr) *path = from_anywhere(*path);
  }
  if (options.migrate && would_be_over(resumed)) {
    throw UsageError(fmt::format(
        "--migrate: of the run in {} nothing is left to compute; leave it out, or give more with "
        "--epochs or --patience",
        folder.path().string()));
  }
  auto backend =
      options.migrate ? any_backend(resumed) : same_backend(resumed.state, resumed.device);
  require_support_of(backend->capabilities().device, resumed.state.config);
  require_memory_of_synthetic_data(resumed.state);
  auto dataset = load_same(resumed.state);
  // Nothing is changed for a run that cannot go on.
  check_length(resumed.state, *dataset, folder, resumed.length);
  check_first_network(resumed.state, folder);
  const std::string former =
      fmt::format("{} ({})", resumed.state.device, resumed.state.instruction_set);
  const bool is_elsewhere = options.migrate && migrate(resumed.state, backend->capabilities());
  require_memory_of_run(resumed.state, *dataset);
  // Another length is written with the state: killed in between, the run would have its former one.
  const bool keeps_length = resumed.length == length_of(resumed.state.config);
  if (is_elsewhere && keeps_length) {
    restore_metrics(folder, resumed.state);
    folder.replace_last(resumed.state);
  } else if (!options.from.empty() && keeps_length) {
    folder.go_back_to(checkpoint_named(folder, options.from));
  }
  std::vector<std::string> warnings = std::move(resumed.warnings);
  warnings.insert(warnings.end(), dataset->notes.begin(), dataset->notes.end());
  if (const auto line = too_many_threads(resumed.state.config.threads)) warnings.push_back(*line);
  change_length(resumed.state, *dataset, folder, resumed.length, &warnings);
  if (!options.quiet) print(warnings, console.err);
  for (const std::string& consequence : resumed.consequences) {
    if (options.quiet) break;
    console.out << fitted_paragraph(one_line(consequence), console.style.text_columns);
  }
  if (!options.quiet && is_elsewhere) {
    console.out << fitted_paragraph(
        fmt::format("goes on on {} ({}) instead of {}: from here on its numbers are not those that "
                    "it would have had there",
                    one_line(resumed.state.device), one_line(resumed.state.instruction_set),
                    one_line(former)),
        console.style.text_columns);
  }
  return {std::move(resumed.state), std::move(dataset), std::move(backend), std::move(folder)};
}

/// Connections of the hidden layers: those of the output layer are always all there.
struct Connections {
  std::uint64_t hidden = 0, cells = 0, output = 0;
};

Connections connections_of(const NetworkState& network) {
  Connections counts;
  counts.hidden = hidden_connections(network);
  for (const LayerState& layer : network.layers) counts.cells += layer.cell_count();
  counts.output = network.layers.back().cell_count();
  counts.cells -= counts.output;
  return counts;
}

std::string layers_of(const NetworkState& network, const Connections& counts) {
  std::vector<std::uint64_t> neurons;
  std::vector<std::string> connections;
  for (const LayerState& layer : network.layers) {
    neurons.push_back(layer.inputs);
    connections.push_back(grouped(layer.connections()));
  }
  neurons.push_back(network.layers.back().outputs);
  connections.pop_back();
  return fmt::format("{} neurons; connections: {} of {} cells ({}), {} of the dense output layer",
                     fmt::join(neurons, "-"), fmt::join(connections, " + "), grouped(counts.cells),
                     percent(counts.hidden, counts.cells), grouped(counts.output));
}

/// "no val_acc better than in epoch 7 in the 5 epochs since": of a run that has ended early.
std::string why_early(const Config& config, const History& history) {
  const std::int64_t since = std::int64_t{history.last.epoch} - history.improved.epoch;
  return fmt::format("no {} better{} than in epoch {} in the {} since", name_of(config.monitor),
                     config.min_delta > 0 ? fmt::format(" by more than {}", config.min_delta) : "",
                     std::int64_t{history.improved.epoch} + 1, epochs_text(since));
}

void introduce(const Run& run, const RunConsole& console) {
  const Dataset& data = *run.dataset;
  const auto size = [&](Split split) { return grouped(view(data, split).size()); };
  const Columns columns = console.style.text_columns;
  std::string description = run.backend->capabilities().description;
  if (!description.starts_with(run.state.device)) {
    description = fmt::format("{}: {}", run.state.device, description);
  }
  say("using", description, columns, console.out);
  say("data",
      fmt::format("{}: {} training, {} validation{}, {} test samples", data.name,
                  size(Split::kTrain), size(Split::kValidation),
                  data.validation_is_test ? " (the test set)" : "", size(Split::kTest)),
      columns, console.out);
  say("layers", layers_of(run.state.network, connections_of(run.state.network)), columns,
      console.out);
  say("folder", run.folder.path().string(), columns, console.out);
  const Progress& at = run.state.progress;
  const std::int64_t epochs = run.state.config.epochs;
  const Measure monitor = run.state.config.monitor;
  if (console.style.table && epochs - at.epoch > 1) {
    say("lines", shown_epochs(ShownEpochs(run.state.history, epochs, monitor).stride(), monitor),
        columns, console.out);
  }
  if (has_stopped_early(run.state)) {
    console.out << fitted_paragraph(
        fmt::format("it has ended early: {}; to go on, resume it with a --patience above {}, or 0",
                    why_early(run.state.config, run.state.history), run.state.config.patience),
        columns);
  } else if (at.epoch >= epochs) {
    console.out << "all its epochs are done\n";
  } else if (at.epoch > 0 || at.step > 0) {
    console.out << fmt::format("goes on in epoch {} at step {}\n", std::int64_t{at.epoch} + 1,
                               at.step);
  }
  console.out << std::flush;
}

RunSize size_of(const Run& run, const Connections& counts) {
  const Config& config = run.state.config;
  RunSize size;
  size.epochs = config.epochs;
  size.cells = counts.cells;
  size.connections = counts.hidden;
  size.batch = static_cast<std::uint64_t>(config.batch);
  size.samples = size.batch * steps_per_epoch(config, *run.dataset);
  size.monitor = config.monitor;
  size.has_accuracy = !predicts_numbers(config);
  return size;
}

/// Of all epochs, those before a resumption included, as far as their timings are there.
double seconds_trained(const RunFolder& folder, std::uint32_t epochs) {
  double seconds = 0;
  for (const EpochTimings& epoch : recorded_timings(folder.read_timings(), epochs)) {
    seconds += epoch.total();
  }
  return seconds;
}

std::string test_result(const EpochRecord& record, const Config& config) {
  if (predicts_numbers(config)) return fmt::format("test loss {:.4f}", record.test_loss);
  return fmt::format("test accuracy {:.4f}, test loss {:.4f}", record.test_accuracy,
                     record.test_loss);
}

void conclude(const TrainOptions& options, const RunConsole& console, const Config& config,
              const History& history, const Connections& start, const RunFolder& folder) {
  const EpochRecord& last = history.last;
  const std::string path = one_line(folder.path().string());
  const bool is_early = history.epochs < config.epochs;
  console.out << fmt::format("finished {}{} epoch{} in {}", grouped(history.epochs),
                             is_early ? fmt::format(" of {}", config.epochs) : "",
                             history.epochs == 1 && !is_early ? "" : "s",
                             duration_text(seconds_trained(folder, history.epochs)));
  if (options.quiet) {
    console.out << fmt::format(": {}, {} connections; {}\n", test_result(last, config),
                               grouped(last.connections), path);
    return;
  }
  console.out << '\n';
  const Columns columns = console.style.text_columns;
  const auto number = [](const EpochRecord& record) { return std::int64_t{record.epoch} + 1; };
  if (is_early) say("early", why_early(config, history), columns, console.out);
  say("last", fmt::format("epoch {}: {}", number(last), test_result(last, config)), columns,
      console.out);
  say("best",
      fmt::format("epoch {}: {}; {} {:.4f}", number(history.best),
                  test_result(history.best, config), name_of(config.monitor),
                  measured(config.monitor, history.best)),
      columns, console.out);
  say("hidden",
      fmt::format("{} of {} cells, {}; the dense output layer has {} more",
                  grouped(last.connections), grouped(start.cells),
                  percent(last.connections, start.cells), grouped(start.output)),
      columns, console.out);
  say("folder", path, columns, console.out);
}

}  // namespace

int run_training(const TrainOptions& options, const RunConsole& console) {
  Run run = options.resume.empty() ? start(options, console) : resume(options, console);
  if (!options.quiet) introduce(run, console);
  const RunFolder folder = run.folder;
  const Config config = run.state.config;
  const Connections start = connections_of(run.state.network);

  ProgressReporter reporter(console.style, size_of(run, start), run.state.history, console.out,
                            console.err);
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
  reporter.finish();

  if (outcome == TrainingOutcome::kInterrupted) {
    // The command in a line of its own: one that is broken in two cannot be copied.
    console.out << fmt::format(
        "interrupted in epoch {} after {} steps; the state is kept\n"
        "go on with: regrow train --resume {}\n",
        std::int64_t{trainer.progress().epoch} + 1, trainer.progress().step,
        shell_word(folder.path().string()));
    return 128 + console.stop_signal();
  }
  conclude(options, console, config, trainer.history(), start, folder);
  return 0;
}

}  // namespace regrow

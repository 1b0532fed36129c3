// The command line: which options there are, what their help says, and how errors leave the
// program.
#include "cli/run_cli.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <iostream>

#include "base/nearest_name.h"
#include "base/utf8.h"
#include "bench/problem.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/setting_flags.h"
#include "cli/terminal/help_formatter.h"
#include "cli/terminal/terminal.h"
#include "io/standard_streams.h"
#include "regrow/error.h"
#include "regrow/version.h"

namespace regrow {
namespace {

/// As of a script's variable that is not set: the library would take it for no option.
CLI::Validator not_empty() {
  return CLI::Validator(
      [](std::string& text) {
        return std::string(text.empty() ? "needs a value; else leave it out" : "");
      },
      "");
}

void add_settings_and_file(CLI::App& command, SettingOptions& options) {
  command
      .add_option("--config", options.config_file,
                  "TOML file of settings, - for standard input; flags beat it")
      ->type_name("FILE")
      ->check(not_empty());
  add_settings(command, options.flags);
}

/// The name that a flag has now.
std::string present_flag(const std::string& flag) {
  for (const Setting& setting : settings()) {
    const auto is_it = [&](const std::string& old_key) { return flag_of(old_key) == flag; };
    if (std::any_of(setting.old_keys.begin(), setting.old_keys.end(), is_it)) return setting.flag();
  }
  return flag;
}

/// An argument that no option takes: names the nearest option that does. After "--", which ends the
/// options of a command, those too many are the program's.
void refuse_unknown(const CLI::App& app, const CLI::App& command) {
  std::vector<std::string> unknown = command.remaining();
  std::vector<std::string> after = app.remaining();
  std::erase(unknown, "--");
  std::erase(after, "--");
  if (unknown.empty() && after.empty()) return;
  if (unknown.empty() && after.front().starts_with('-')) {
    throw UsageError(fmt::format(
        "regrow {}: '{}' stands behind --, which ends the options; leave -- out, or see "
        "regrow {} --help",
        command.get_name(), excerpt(after.front()), command.get_name()));
  }
  unknown.insert(unknown.end(), after.begin(), after.end());
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::string wrong = unknown.front().substr(0, unknown.front().find('='));
  // An earlier name is near, too, but not to be learnt.
  const std::string right = present_flag(nearest_name(wrong, names));
  throw UsageError(fmt::format(
      "regrow {} does not know '{}'{}; see regrow {} --help", command.get_name(), excerpt(wrong),
      right.empty() ? "" : fmt::format(" (did you mean {}?)", right), command.get_name()));
}

/// A whole number, in decimal: to the library 010 is an octal 8.
CLI::Validator whole_number(std::uint32_t least, std::uint32_t most) {
  return CLI::Validator(
      [=](std::string& text) {
        std::uint32_t number = 0;
        const char* const end = text.data() + text.size();
        const auto read = std::from_chars(text.data(), end, number);
        if (read.ec != std::errc() || read.ptr != end || number < least || number > most) {
          return fmt::format("'{}' is no whole number from {} to {}", text, least, most);
        }
        text = std::to_string(number);
        return std::string();
      },
      fmt::format("{} to {}", least, most));
}

/// What is to be done, as parsed.
struct CommandLine {
  TrainOptions train;
  EvalOptions eval;
  PredictOptions predict;
  InspectOptions inspect;
  ExportOptions export_to;
  ConfigOptions config;
  TableOptions table;
  SweepOptions sweep;
  DevicesOptions devices;
  MethodsOptions methods;
  BenchOptions bench;
  std::string help_of;  // a command, or ""
};

void define_bench(CLI::App& app, BenchOptions& options) {
  CLI::App* bench = app.add_subcommand("bench", "Time training on noise, device beside device");
  bench
      ->add_option(
          "--device", options.devices,
          "[auto] such as cuda,cuda:bf16,cpu,cpu:bf16; also cuda:nograph, cuda-cusparse and more; "
          "ratios are to the first")
      ->type_name("LIST");
  bench->add_option("--size", options.sizes, "[paper] " + bench::problem_names())
      ->type_name("LIST");
  bench
      ->add_option("--measure", options.measure,
                   "[step,epoch,primitives] what to time; evolve: evolutions without whole epochs")
      ->type_name("LIST");
  bench->add_option("--rounds", options.rounds, "[7] rounds over the devices in turn")
      ->type_name("NUMBER")
      ->transform(whole_number(1, 1000));
  bench->add_option("--steps", options.steps, "[the size's own] steps of an epoch")
      ->type_name("NUMBER")
      ->transform(whole_number(1, 500));
  bench->add_option("--activation", options.activation, "[leaky_relu] as --activation of train")
      ->type_name("TEXT");
  bench->add_option("--optimiser", options.optimiser, "[sgd] as --optimiser of train")
      ->type_name("TEXT");
  bench->add_flag("--bare", options.bare, "without dropout and augmentation");
  bench->add_option("--grow", options.grow, "[random] growth rule of the epoch, as --grow of train")
      ->type_name("WORD");
  bench->add_option("--threads", options.threads, "[0] of CPU devices; 0: one a core")
      ->type_name("NUMBER")
      ->transform(whole_number(0, 1024));
  bench
      ->add_option("--json", options.json,
                   "Write everything to this file, too; -: to the standard output, and "
                   "what else is printed to the standard error")
      ->type_name("FILE");
}

void define_sweep(CLI::App& app, SweepOptions& options) {
  CLI::App* sweep =
      app.add_subcommand("sweep", "Train a grid of runs; goes on where it was stopped");
  sweep
      ->add_option("file", options.settings.config_file,
                   "A configuration with [grid] or [[variant]], - for standard input")
      ->required();
  sweep->add_option("--out", options.folder, "[runs/NAME OF THE FILE] folder for the runs")
      ->type_name("FOLDER");
  sweep->add_option("--jobs", options.jobs, "[1] runs at once; they share the threads")
      ->type_name("NUMBER")
      ->transform(whole_number(1, 1024));
  sweep
      ->add_option("--isolation", options.isolation,
                   "[process] process, thread: what each run is. Threads share a GPU's context: "
                   "their kernels overlap, and one that faults fails every run there (all are "
                   "recorded; exit code 1)")
      ->type_name("WORD")
      ->check(CLI::IsMember({"process", "thread"}));
  sweep
      ->add_option("--max-time", options.max_time,
                   "[none] stop cleanly in time, such as 90m or 1.5h")
      ->type_name("TIME")
      ->check(not_empty());
  sweep->add_option("--shard", options.shard, "[1/1] i/n: only every n-th run, from the i-th")
      ->type_name("I/N")
      ->check(not_empty());
  sweep->add_flag("--migrate", options.migrate,
                  "Go on with runs on this machine's device and instruction set, as regrow train "
                  "--migrate does");
  sweep->add_flag("--dry-run", options.dry_run, "List what would run, and how long it would take");
  sweep->add_flag("--quiet", options.quiet, "Print only failures and the final lines");
  add_settings(*sweep, options.settings.flags, "out");
}

void add_format(CLI::App& command, std::string& format, const std::string& json) {
  command.add_option("--format", format, "[text] text, json. " + json)
      ->type_name("WORD")
      ->check(CLI::IsMember({"text", "json"}));
}

void define_predict(CLI::App& app, PredictOptions& options) {
  CLI::App* predict = app.add_subcommand("predict", "Say what samples of a file are");
  predict
      ->add_option("checkpoint", options.checkpoint,
                   "A file; or a run's folder: its best.safetensors; or -: the standard input")
      ->required();
  predict
      ->add_option("--out", options.out,
                   "[-] Write the predictions to this file; -: to the standard output")
      ->type_name("FILE")
      ->check(not_empty());
  predict->add_option("--format", options.format, "[as the name of --out ends, else csv] csv, npy")
      ->type_name("WORD")
      ->check(CLI::IsMember({"csv", "npy"}));
  predict->add_option("--top", options.top, "[1] so many of the likeliest classes, in their order")
      ->type_name("NUMBER")
      ->transform(whole_number(1, 65535));
  predict->add_flag("--probabilities", options.probabilities, "Add the probability of every class");
  for (const char* key :
       {"data", "data_format", "label", "batch", "device", "activation_dtype", "threads", "simd"}) {
    add_setting(*predict, *find_setting(key), options.flags);
  }
  predict->footer(
      "The samples are those of --data, in its order; labels are not needed, and not looked at.\n"
      "Columns are found by their names, as in training. A CSV has a line a sample: its index "
      "from\n"
      "0, its class or the numbers predicted, and what --top and --probabilities add. An .npy has\n"
      "int64 indices of classes [samples] or [samples, top], or float32 probabilities or numbers\n"
      "[samples, outputs]; regrow inspect lists the classes in the order of their indices.");
}

void define_table(CLI::App& app, TableOptions& options) {
  CLI::App* table = app.add_subcommand("table", "Compare runs, as Table 2 of the paper does");
  table->add_option("runs", options.runs, "Folders of runs, or of sweeps, which hold runs")
      ->required();
  table->add_option("--format", options.format, "[text] text, markdown, csv, json, latex")
      ->type_name("WORD")
      ->check(CLI::IsMember({"text", "markdown", "csv", "json", "latex"}));
  table
      ->add_option("--seeds", options.seeds,
                   "[mean of sweeps, else each] mean, each: a row for all seeds, or for each run")
      ->type_name("WORD")
      ->check(CLI::IsMember({"mean", "each"}));
  table->add_flag("--per-epoch", options.per_epoch,
                  "A row for each epoch of each run, with all that was recorded. People see epochs "
                  "counted from 1; CSV and JSON from 0, as metrics.jsonl does");
  table
      ->add_option("--columns", options.columns,
                   "[all that fit] Names by commas, in the order to show them, such as "
                   "method,accuracy,density; also each setting, such as zeta")
      ->type_name("LIST")
      ->check(not_empty());
  table
      ->add_option("--sort", options.sort,
                   "[as given] Columns by commas to sort the rows by; with '-' before one from the "
                   "highest, such as -accuracy")
      ->type_name("LIST")
      ->check(not_empty());
  table
      ->add_option("--epochs", options.epochs,
                   "[all] Compare after so many epochs, runs that are not finished too")
      ->type_name("NUMBER")
      ->transform(whole_number(1, 1000000));
  table
      ->add_option(
          "--last", options.last,
          "[1] Each run's means over so many of its last epochs, instead of the last one's "
          "accuracy, loss, connections, alpha and beta")
      ->type_name("NUMBER")
      ->transform(whole_number(1, 1000000));
  table->add_flag("--paper", options.paper, "The paper's values beside ours, and the difference");
  table
      ->add_option("--baseline", options.baseline,
                   "[set] set, plain-set, random: compare with the nearest SET, with SET of random "
                   "growth, or with the same method's random growth")
      ->type_name("WORD")
      ->check(CLI::IsMember({"set", "plain-set", "random"}));
  table
      ->add_option("--margin", options.margin,
                   "[none] Points of accuracy: test whether rows are not worse than their baseline "
                   "by as many (one-sided paired t-test); 0: whether they are better")
      ->type_name("POINTS")
      ->check(not_empty());
  table->footer(
      "Rows over seeds are compared with their baseline in accuracy and loss, by Student's\n"
      "paired t-test over the seeds that both have (with the correlation of the pairs) and by\n"
      "Welch's over all seeds, both two-sided, from 3 seeds on; beside each p stands Holm's\n"
      "correction for all comparisons of the table. Mean and peak connections are over\n"
      "all training steps; of runs of older versions, or where --epochs leaves some out, over the\n"
      "networks that the epochs trained, the initial one included.\n\n"
      "alpha: accuracy per connection, for people in units of 1e-6; beta: loss × connections. A\n"
      "higher alpha and a lower beta are better. density: share of the cells of the sparse "
      "layers.\n\n"
      "--format json: one document; rows is a list of objects, of means with n, mean and\n"
      "standard_deviation of each quantity, and comparisons, which name rows by number.\n\n"
      "A run that is damaged is left out with a warning, or with --seeds each a row that says so.");
}

void define_export(CLI::App& app, ExportOptions& options) {
  CLI::App* to = app.add_subcommand(
      "export", "Write a network for other programs: ONNX, NumPy arrays, or PyTorch's safetensors");
  to->add_option("checkpoint", options.checkpoint,
                 "A file; or a run's folder: its best.safetensors; or -: the standard input")
      ->required();
  to->add_option("--out", options.out,
                 "The file to write; -: the standard output, and what else is printed to the "
                 "standard error")
      ->type_name("FILE")
      ->required()
      ->check(not_empty());
  to->add_option("--format", options.format,
                 "[as FILE ends] onnx: a model for ONNX Runtime and others; npz: arrays for NumPy "
                 "and SciPy, which stay sparse; safetensors: dense tensors, named as in the state "
                 "of PyTorch's nn.Sequential")
      ->type_name("WORD")
      ->check(CLI::IsMember({"onnx", "npz", "safetensors"}));
  to->add_option("--fold", options.fold,
                 "[true] true: the first layer takes inputs as they are in files; false: the "
                 "standardisation of inputs stays a step of its own before it")
      ->type_name("BOOL")
      ->check(CLI::IsMember({"true", "false"}));
  to->add_flag("--sparse", options.sparse,
               "With onnx: keep sparse layers sparse in the file; a runtime makes them dense");
  to->footer("docs/export.md says what is in each, and how to load it.");
}

void define(CLI::App& app, CommandLine& line) {
  app.formatter(std::make_shared<HelpFormatter>(columns_to_fill(1)));
  app.set_help_flag("-h,--help", "Print this help and exit");

  CLI::App* train = app.add_subcommand("train", "Train a network, or go on with a run");
  train->add_option("--resume", line.train.resume, "Go on with the run in this folder")
      ->type_name("RUN")
      ->check(not_empty());
  train->add_option("--from", line.train.from, "With --resume: go on from an earlier checkpoint")
      ->type_name("WORD")
      ->needs("--resume")
      ->check(CLI::IsMember({"previous", "initial"}));
  train
      ->add_flag("--migrate", line.train.migrate,
                 "With --resume: go on on this machine's device and instruction set, or those "
                 "given, whatever the run was computed on; recorded in the run, whose numbers are "
                 "others from then on")
      ->needs("--resume");
  train->add_flag("--force", line.train.force, "Replace a run that is in the output folder");
  train->add_flag("--quiet", line.train.quiet, "Print only errors and the final line");
  add_settings_and_file(*train, line.train.settings);
  train->footer(
      train->get_footer() +
      "\n\nExit codes: 0 finished, 1 failed, 2 wrong arguments, 75 another run is writing "
      "to the folder, 128 + the signal that stopped it.");

  CLI::App* eval = app.add_subcommand("eval", "Evaluate a checkpoint");
  eval->add_option("checkpoint", line.eval.checkpoint,
                   "A file; or a run's folder: its best.safetensors; or -: the standard input")
      ->required();
  eval->add_option("--split", line.eval.split,
                   "[test, or all of a --data of your own] train, validation, test")
      ->type_name("WORD")
      ->check(CLI::IsMember({"train", "validation", "test"}));
  eval->add_option(
          "--out", line.eval.out,
          "Write predictions to this CSV file; -: to the standard output, and what else is "
          "printed to the standard error")
      ->type_name("FILE")
      ->check(not_empty());
  eval->add_option("--prune", line.eval.prune,
                   "Also evaluate the network without these shares of its connections, as 0.1,0.3: "
                   "the weights closest to zero of each sign of each hidden layer are deleted, and "
                   "nothing is trained again")
      ->type_name("LIST")
      ->check(not_empty());
  add_format(
      *eval, line.eval.format,
      "json: one document: samples, accuracy and loss, those of classes, how often one is taken "
      "for another, and with --prune those of the pruned networks");
  for (const char* key : {"dataset", "data", "test", "data_format", "label", "batch", "device",
                          "activation_dtype", "threads", "simd"}) {
    add_setting(*eval, *find_setting(key), line.eval.flags);
  }
  eval->footer(
      "Without flags: the data set, the batch and the device that the checkpoint names.\n"
      "With another batch the loss may differ in its last digits.");

  define_predict(app, line.predict);

  CLI::App* inspect = app.add_subcommand("inspect", "Show what is in a checkpoint");
  inspect
      ->add_option("checkpoint", line.inspect.checkpoint,
                   "A file; or a run's folder: its last.safetensors; or -: the standard input")
      ->required();
  add_format(*inspect, line.inspect.format,
             "json: one document: connections, FLOPs, and a list of layers");

  define_export(app, line.export_to);

  CLI::App* config = app.add_subcommand("config", "Print the resolved configuration as TOML");
  config
      ->add_option("--describe", line.config.describe,
                   "Instead, print what settings there are (text, markdown, json)")
      ->type_name("WORD")
      ->check(CLI::IsMember({"text", "markdown", "json"}));
  add_settings_and_file(*config, line.config.settings);

  define_table(app, line.table);
  define_sweep(app, line.sweep);

  CLI::App* devices = app.add_subcommand("devices", "List what can compute here");
  add_format(*devices, line.devices.format,
             "json: one document: a list of devices, and what auto means");

  CLI::App* methods = app.add_subcommand(
      "methods", "List the methods, their rules for drop and growth, and the other parts");
  methods
      ->add_option(
          "--format", line.methods.format,
          "[text] text, markdown, json. json: one document: lists of methods, growth_rules, "
          "candidates, drop_rules, activations, optimisers and losses")
      ->type_name("WORD")
      ->check(CLI::IsMember({"text", "markdown", "json"}));

  define_bench(app, line.bench);

  app.add_subcommand("help", "Print the help of a command")
      ->add_option("command", line.help_of, "Such as train");
  app.add_subcommand("version", "Print the version");

  // Not before: commands would have it, too.
  app.footer("regrow COMMAND --help, or regrow help COMMAND, says what a command does.");
  const std::string version = fmt::format("regrow {}", kVersion);
  app.set_version_flag("-V,--version", version, "Print the version and exit");
  for (CLI::App* command : app.get_subcommands({})) {
    command->set_version_flag("-V,--version", version, "Print the version and exit");
  }
  // Extra arguments are refused by refuse_unknown(), which can name the nearest right one.
  // An argument may be called as a command is: a run's folder "bench", or what help is asked of.
  app.require_subcommand(0, 1);
  app.allow_extras();
  for (CLI::App* command : app.get_subcommands({})) command->allow_extras();
}

/// Before parsing, because the library would only say that there is one too many.
void refuse_unknown_command(const CLI::App& app, const std::string& name) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  if (std::find(names.begin(), names.end(), name) != names.end()) return;
  throw UsageError(fmt::format("regrow has no command '{}'{}; see regrow --help", name,
                               did_you_mean(name, names)));
}

int help_command(const CLI::App& app, const std::string& command) {
  if (!command.empty()) refuse_unknown_command(app, command);
  const CLI::App* const about = command.empty() ? &app : app.get_subcommand(command);
  const std::string name = command.empty() ? "regrow" : "regrow " + command;
  std::cout << app.get_formatter()->make_help(about, name, CLI::AppFormatMode::Normal);
  return 0;
}

/// One line for each flag that was given by an earlier name.
void print_notes_of(const CommandLine& line) {
  const auto print = [](const std::vector<GivenFlag>& flags) {
    print_notes(notes_of(flags), std::cerr);
  };
  if (!line.train.quiet) print(line.train.settings.flags);
  if (!line.sweep.quiet) print(line.sweep.settings.flags);
  print(line.config.settings.flags);
  print(line.eval.flags);
  print(line.predict.flags);
}

int dispatch(const CLI::App& app, const std::string& command, const CommandLine& line) {
  if (command == "help") return help_command(app, line.help_of);
  if (command == "version") {
    std::cout << fmt::format("regrow {}\n", kVersion);
    return 0;
  }
  print_notes_of(line);
  if (command == "train") return train_command(line.train);
  if (command == "eval") return eval_command(line.eval);
  if (command == "predict") return predict_command(line.predict);
  if (command == "inspect") return inspect_command(line.inspect);
  if (command == "export") return export_command(line.export_to);
  if (command == "config") return config_command(line.config);
  if (command == "sweep") return sweep_command(line.sweep);
  if (command == "devices") return devices_command(line.devices);
  if (command == "methods") return methods_command(line.methods);
  if (command == "bench") return bench_command(line.bench);
  return table_command(line.table);
}

/// The arguments as the library takes them, the last first. Of an empty "--flag=" it would take the
/// argument after it for the value, and of "--out --quiet" the flag for a name. Throws UsageError
/// where an option follows in place of a value.
std::vector<std::string> words_for(const CLI::App& app, int argc, const char* const* argv) {
  const std::vector<std::string> given(argv + 1, argv + argc);
  const auto commands =
      app.get_subcommands([&](const CLI::App* each) { return each->get_name() == given.front(); });
  const CLI::App* const command = commands.empty() ? nullptr : commands.front();
  const auto option_of = [&](const std::string& word) {
    return command != nullptr && word.starts_with("--")
               ? command->get_option_no_throw(word.substr(0, word.find('=')))
               : nullptr;
  };
  std::vector<std::string> words;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const std::string& word = given[i];
    if (word == "--") {
      words.insert(words.end(), given.begin() + static_cast<std::ptrdiff_t>(i), given.end());
      break;
    }
    if (word.starts_with("--") && word.find('=') + 1 == word.size()) {
      words.push_back(word.substr(0, word.size() - 1));
      words.emplace_back();
      continue;
    }
    words.push_back(word);
    const CLI::Option* const option = option_of(word);
    const bool takes_value =
        option != nullptr && option->get_expected_min() > 0 && word.find('=') == std::string::npos;
    if (takes_value && i + 1 < given.size() && option_of(given[i + 1]) != nullptr) {
      throw UsageError(
          fmt::format("{0}: needs a value, and {1} is an option; if it is the value, "
                      "write {0}={1}",
                      word, given[i + 1]));
    }
  }
  std::reverse(words.begin(), words.end());
  return words;
}

int parse_and_run(int argc, const char* const* argv) {
  CLI::App app(
      "regrow: trains truly sparse neural networks whose connections are dropped and "
      "regrown while they train",
      "regrow");
  CommandLine line;
  define(app, line);
  if (argc < 2) throw UsageError("regrow needs a command, such as train; see regrow --help");
  const std::string first = argv[1];
  const bool is_option = !first.empty() && first.front() == '-';
  if (!is_option) {
    refuse_unknown_command(app, first);
  } else if (first != "--help" && first != "-h" && first != "--version" && first != "-V") {
    throw UsageError(fmt::format("regrow: '{}' before a command; see regrow --help", first));
  }
  try {
    app.parse(words_for(app, argc, argv));
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    for (const CLI::App* command : app.get_subcommands()) refuse_unknown(app, *command);
    // An earlier name, which help does not show, has none for the library.
    const std::string what = error.what();
    throw UsageError(fmt::format("regrow {}: {}{}", first,
                                 what.starts_with(": ") ? "an earlier flag" : "", what));
  }
  for (const CLI::App* command : app.get_subcommands()) refuse_unknown(app, *command);
  return dispatch(app, first, line);
}

}  // namespace

int run_cli(int argc, const char* const* argv) {
  keep_standard_streams();
  // A write beyond a file size limit shall fail like one to a full disk, not end the program.
  std::signal(SIGXFSZ, SIG_IGN);
  return exit_code_of([&] { return parse_and_run(argc, argv); }, std::cout, std::cerr);
}

}  // namespace regrow

// The commands of the program, free of the library that parses their options. Each returns the exit
// code and throws Error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/setting_options.h"
#include "cli/training_run.h"

namespace regrow {

int train_command(const TrainOptions& options);

struct EvalOptions {
  std::string checkpoint;        // a file, a run's folder, or "-": the standard input
  std::vector<GivenFlag> flags;  // of where and how, over what the checkpoint says
  std::string split;             // or "": test, or all of a file of one's own
  std::string out;               // CSV file for predictions, "-": the standard output, or ""
  std::optional<std::string> prune = {};  // a list of shares, "0.1,0.3", of connections to delete
  std::string format = "text";
};
int eval_command(const EvalOptions& options);

struct PredictOptions {
  std::string checkpoint;        // as of EvalOptions
  std::vector<GivenFlag> flags;  // of where and how, over what the checkpoint says; data among them
  std::string out = "-";         // a file, or "-": the standard output
  std::string format;            // "csv", "npy", or "": as the file's name ends, else csv
  std::uint32_t top = 1;         // so many of the likeliest classes
  bool probabilities = false;    // of every class
};
int predict_command(const PredictOptions& options);

struct InspectOptions {
  std::string checkpoint;  // as of EvalOptions
  std::string format = "text";
};
int inspect_command(const InspectOptions& options);

struct ExportOptions {
  std::string checkpoint;  // as of EvalOptions
  std::string out;         // a file, or "-": the standard output
  std::string format;      // "onnx", "npz", "safetensors", or "": as the file's name ends
  std::string fold = "true";
  bool sparse = false;
};
int export_command(const ExportOptions& options);

struct ConfigOptions {
  SettingOptions settings;
  std::string describe;  // "text", "markdown", "json", or "": print the configuration
};
int config_command(const ConfigOptions& options);

struct TableOptions {
  std::vector<std::string> runs;  // folders of runs and of sweeps
  std::string format = "text";
  std::string seeds;        // "mean", "each", or "": mean where a sweep or one of the next is given
  std::int64_t epochs = 0;  // compare after so many; 0: all that each was to be trained for
  std::int64_t last = 0;    // the runs' means over so many of these; 0: the last epoch's values
  bool paper = false;       // the paper's values beside ours
  std::string baseline;     // "set" (also where empty), "plain-set" or "random"
  std::optional<double> margin;  // points of accuracy
  std::string columns;           // a list of names, or "": the usual ones
  std::string sort;              // a list of names, each with a '-' before it where it descends
  bool per_epoch = false;        // a row for each epoch of each run
};
int table_command(const TableOptions& options);

struct SweepOptions {
  SettingOptions settings;  // config_file: the sweep's
  std::string folder;       // or "": runs/STEM of the file
  std::size_t jobs = 1;
  std::string isolation = "process";  // or "thread"
  std::string max_time;               // "90m", or ""
  std::string shard;                  // "2/4", or ""
  bool migrate = false;               // as TrainOptions::migrate, of every run that goes on
  bool dry_run = false;
  bool quiet = false;
};
int sweep_command(const SweepOptions& options);

struct DevicesOptions {
  std::string format = "text";
};
int devices_command(const DevicesOptions& options);

struct MethodsOptions {
  std::string format = "text";  // or "markdown", "json"
};
int methods_command(const MethodsOptions& options);

struct BenchOptions {
  std::string devices = "auto";  // a list by commas, as the next two are
  std::string sizes = "paper";
  std::string measure = "step,epoch,primitives";
  std::uint32_t rounds = 7;
  std::uint32_t steps = 0;  // of an epoch; 0: the problem's own
  std::string grow = "random";
  std::string activation = "leaky_relu";
  std::string optimiser = "sgd";
  bool bare = false;
  unsigned threads = 0;
  std::string json;  // a file, or ""
};
int bench_command(const BenchOptions& options);

}  // namespace regrow

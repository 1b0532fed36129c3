// The commands of the program, free of the library that parses their options. Each returns the exit
// code and throws Error.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/text_table.h"
#include "config/settings.h"

namespace regrow {

/// Settings as flags, and perhaps from a file below them.
struct SettingOptions {
  std::string config_file;  // or ""
  std::vector<GivenFlag> flags;
};

struct TrainOptions {
  SettingOptions settings;
  std::string resume;  // a run folder, or "" for a new run
  bool force = false;
  bool quiet = false;
};
int train_command(const TrainOptions& options);

struct EvalOptions {
  std::string checkpoint;
  std::vector<GivenFlag> flags;  // of where and how, over what the checkpoint says
  std::string split = "test";
  std::string out;  // CSV file for predictions, or ""
};
int eval_command(const EvalOptions& options);

int inspect_command(const std::string& checkpoint);

int config_command(const SettingOptions& options);

struct TableOptions {
  std::vector<std::string> runs;
  std::string format = "text";
};
int table_command(const TableOptions& options);

/// The configuration that file and flags make, resolved.
Config configured(const SettingOptions& options);

}  // namespace regrow

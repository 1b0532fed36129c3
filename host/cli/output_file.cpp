// Files that a command writes where it is told to.
#include "cli/output_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "export/state_dict.h"
#include "regrow/error.h"
#include "regrow/run_folder.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

bool is_named_as_of_a_run(const fs::path& file) {
  static constexpr std::array<std::string_view, 5> kNames = {
      "config.toml", "metrics.jsonl", "timings.jsonl", "summary.json", ".lock"};
  const std::string name = file.filename().string();
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end() ||
         name.starts_with("events.out.tfevents.");
}

/// Where the name is not enough: a config.toml of one's own is beside no such file.
bool is_in_a_run(const fs::path& file) {
  std::error_code error;
  const fs::path folder = file.parent_path();
  return fs::exists(folder / "metrics.jsonl", error) ||
         fs::exists(folder / "last.safetensors", error);
}

}  // namespace

void require_output_file(const std::string& path, const std::string& option) {
  std::error_code error;
  // A link to one would be written through.
  const fs::path file = fs::weakly_canonical(path, error);
  if (!fs::exists(file, error)) return;
  if (!fs::is_regular_file(file, error)) {
    throw UsageError(fmt::format(
        "{}: {} is {}, not a regular file; give another name, or - for the "
        "standard output",
        option, path, fs::is_directory(file, error) ? "a folder" : "a pipe or a device"));
  }
  const bool may_be_a_checkpoint = file.extension() == ".safetensors" && !is_state_dict(file);
  if (may_be_a_checkpoint || (is_named_as_of_a_run(file) && is_in_a_run(file))) {
    throw UsageError(fmt::format(
        "{}: {} is a file of a run, or a checkpoint, and would be lost; give another name", option,
        path));
  }
}

void require_other_file(const std::string& path, const std::string& option,
                        const std::string& read) {
  std::error_code error;
  if (read.empty() || read == "-" || !fs::equivalent(path, read, error)) return;
  throw UsageError(fmt::format(
      "{}: {} is the file that is read, and would be lost; give another name", option, path));
}

void write_output(const std::string& path, const std::string& option, const std::string& text) {
  require_output_file(path, option);
  write_file_atomically(path, text);
}

}  // namespace regrow

// All that the program does with a checkpoint that it has read: a checkpoint that is wrong must be
// refused in one line, wherever that is noticed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace regrow::tests {

using RunFiles = std::map<std::string, std::string>;  // by name: what they hold

RunFiles files_of(const std::filesystem::path& run);

struct Stage {
  std::string name;
  std::string refusal;  // the Error's text, or "" where there was none
  std::string printed;  // on the standard output
};

/// Each of these, in a folder of its own below `folder` with the files of a run:
/// - read: read_checkpoint() of last.safetensors; the other stages follow only where it is read,
/// and
///   only where network, batch and data are computed with in milliseconds;
/// - write, inspect, and evaluate and train on the back ends `cpu` and `reference`, of a data set
///   in memory that has the checkpoint's shape and classes: train goes on until an evolution and a
///   step after it are done;
/// - eval and resume, where the run is of a synthetic data set: the program's own commands.
/// Whatever is thrown that is no Error passes through. kBriefly: read, write, inspect, and train on
/// `cpu` alone, which is where most goes wrong that does.
enum class Use : std::uint8_t { kBriefly, kFully };
std::vector<Stage> use_checkpoint(const RunFiles& run, const std::filesystem::path& folder,
                                  Use use = Use::kFully);

}  // namespace regrow::tests

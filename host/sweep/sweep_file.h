// A sweep's file: a configuration as base, and what varies over it.
//
//   preset = "paper"          # the base: any setting, as in a configuration
//   [training]
//   epochs = 100
//   [grid]                    # every combination is a run; what stands first varies fastest
//   grow = ["random", "one_neighbour"]
//   seed = [0, 1, 2]
//   [[variant]]               # settings that belong together, by name; crossed with the grid
//   name = "DynSET2"
//   method = "dynset"
//   measure = "val_loss"
//   [[growth_rule]]           # as in a configuration: names for base, grid and variants
//   name = "few"
//   ranks = [0, 1, 1, 0, 0, 0, 0, 0, 0]
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "config/settings.h"
#include "regrow/config.h"

namespace regrow {

/// What a sweep's folder holds beside its runs: their logs, the records of those that failed, and
/// the file that the sweep was read from.
inline constexpr const char* kLogs = "logs";
inline constexpr const char* kFailures = "failures";
inline constexpr const char* kSweepCopy = "sweep.toml";

struct SweepRun {
  std::string name;  // "DynSET2,grow=random,seed=0": the variant, then the grid's settings
  Config config;     // resolved; `out` is FOLDER/name
  // Without --epochs: from there on its learning rate may start again for epochs it was given.
  std::int64_t epochs_of_file = 0;
  bool may_migrate = false;  // goes on on another device or instruction set than it was trained on
};

/// The runs of a sweep into `folder`, in order. `flags` beat the base. Throws UsageError naming
/// file, line and remedy on unknown or repeated names, wrong values, and combinations that
/// resolve() refuses; where a flag sets what the sweep varies; and where runs still to start would
/// have other restarts, or evolve over other epochs, than those in the folder that were extended. A
/// run is called by the keys as the file spells them, so that one with earlier names goes on in its
/// folders; `notes`, if any, takes a line for each of these names, for runs that have more epochs
/// than are asked for, and for those whose restarts differ.
std::vector<SweepRun> read_sweep(const TomlSource& file, std::span<const GivenFlag> flags,
                                 const std::filesystem::path& folder,
                                 std::vector<std::string>* notes = nullptr);

/// The name as a part of a folder's: what a shell or a file system could mistake becomes '-', and
/// so does what is not seen. Letters stay, of all alphabets.
std::string as_folder_name(const std::string& name);

}  // namespace regrow

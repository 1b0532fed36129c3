// Settings as they are given on a command line.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "regrow/init_from.h"

namespace regrow {

/// Settings as flags, and perhaps from a file below them.
struct SettingOptions {
  std::string config_file;  // or "", or "-" for the standard input
  std::vector<GivenFlag> flags;
};

struct ConfiguredRun {
  Config config;                        // resolved
  std::vector<std::string> notes;       // of the file
  std::optional<GivenNetwork> network;  // where the configuration names one to start from
};

/// What file and flags make. Throws UsageError as read_toml(), config_of_layers() and resolve(),
/// and where what they say of the network is not that of the one given; Error as adopt_network().
ConfiguredRun configure(const SettingOptions& options);

/// "note: LINE" each.
void print_notes(const std::vector<std::string>& notes, std::ostream& err);

}  // namespace regrow

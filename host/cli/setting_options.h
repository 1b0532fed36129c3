// Settings as they are given on a command line.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "config/settings.h"

namespace regrow {

/// Settings as flags, and perhaps from a file below them.
struct SettingOptions {
  std::string config_file;  // or "", or "-" for the standard input
  std::vector<GivenFlag> flags;
};

/// The configuration that file and flags make, resolved. `notes` takes those of the file; `given`,
/// if any, all that is set in one or the other.
Config configured(const SettingOptions& options, std::vector<std::string>& notes,
                  std::vector<GivenFlag>* given = nullptr);

/// "note: LINE" each.
void print_notes(const std::vector<std::string>& notes, std::ostream& err);

}  // namespace regrow

// Settings as they are given on a command line.
#pragma once

#include <string>
#include <vector>

#include "config/settings.h"

namespace regrow {

/// Settings as flags, and perhaps from a file below them.
struct SettingOptions {
  std::string config_file;  // or ""
  std::vector<GivenFlag> flags;
};

/// The configuration that file and flags make, resolved.
Config configured(const SettingOptions& options);

}  // namespace regrow

// regrow config: the configuration that preset, file and flags make, as TOML.
#include <iostream>

#include "cli/commands.h"

namespace regrow {

int config_command(const SettingOptions& options) {
  std::cout << to_toml(configured(options));
  return 0;
}

}  // namespace regrow

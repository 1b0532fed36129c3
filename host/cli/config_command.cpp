// regrow config: the configuration that preset, file and flags make, as TOML.
#include <iostream>

#include "cli/commands.h"
#include "regrow/run_folder.h"

namespace regrow {

Config configured(const SettingOptions& options) {
  std::optional<TomlSource> file;
  if (!options.config_file.empty()) {
    file = TomlSource{read_file(options.config_file), options.config_file};
  }
  Config config = layered_config(file, options.flags);
  resolve(config);
  return config;
}

int config_command(const SettingOptions& options) {
  std::cout << to_toml(configured(options));
  return 0;
}

}  // namespace regrow

// Settings as they are given on a command line.
#include "cli/setting_options.h"

#include <optional>

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

}  // namespace regrow

// regrow config: the configuration that preset, file and flags make, as TOML, or what settings
// there are.
#include <iostream>

#include "cli/commands.h"
#include "cli/settings_reference.h"
#include "cli/terminal/terminal.h"
#include "regrow/error.h"

namespace regrow {
namespace {

std::string description(const std::string& format) {
  if (format == "markdown") return settings_as_markdown();
  if (format == "json") return settings_as_json();
  return settings_as_text(columns_to_fill(1));
}

}  // namespace

int config_command(const ConfigOptions& options) {
  if (!options.describe.empty()) {
    if (!options.settings.flags.empty() || !options.settings.config_file.empty()) {
      throw UsageError(
          "--describe: tells what settings there are, whatever is set; leave the other options "
          "out");
    }
    std::cout << description(options.describe);
    return 0;
  }
  const ConfiguredRun run = configure(options.settings);
  print_notes(run.notes, std::cerr);
  std::cout << to_toml(run.config);
  return 0;
}

}  // namespace regrow

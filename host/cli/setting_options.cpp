// Settings as they are given on a command line.
#include "cli/setting_options.h"

#include <fmt/format.h>

#include <ostream>
#include <span>
#include <utility>

#include "base/one_line.h"
#include "cli/text_input.h"
#include "config/growth_rule_tables.h"
#include "regrow/error.h"

namespace regrow {
namespace {

/// Makes the configuration that of the network it names. Throws UsageError where a setting is given
/// that says otherwise what network it is.
GivenNetwork adopt(Config& config, std::span<const GivenFlag> given) {
  GivenNetwork network = adopt_network(config);
  resolve(config);
  for (const GivenFlag& one : given) {
    if (!is_of_network(one.setting->key)) continue;
    Config as_given = config;
    one.setting->set_from_string(as_given, one.value, one.source());
    const std::string has = one.setting->to_string(config);
    if (one.setting->to_string(as_given) == has) continue;
    const bool decides = !has.empty() && has != "0";  // epsilon and density: the counts do
    throw UsageError(fmt::format(
        "{}: '{}' does not go with --init-from: the network of {} has {}; leave it out, or start "
        "without --init-from",
        one.source(), one.value, network.file, decides ? has : "its own connections"));
  }
  return network;
}

}  // namespace

ConfiguredRun configure(const SettingOptions& options) {
  TomlSettings of_file;
  if (!options.config_file.empty()) of_file = read_toml(read_text_input(options.config_file));
  const std::vector<GivenFlag> flags = spelt_out(options.flags, of_file.growth_rules);
  ConfiguredRun run{config_of_layers(of_file.given, flags), std::move(of_file.notes), {}};
  resolve(run.config);
  if (run.config.init_from.empty()) return run;
  std::vector<GivenFlag> given = std::move(of_file.given);
  given.insert(given.end(), flags.begin(), flags.end());
  run.network = adopt(run.config, given);
  return run;
}

void print_notes(const std::vector<std::string>& notes, std::ostream& err) {
  for (const std::string& note : notes) err << "note: " << one_line(note) << '\n';
}

}  // namespace regrow

// Settings as they are given on a command line.
#include "cli/setting_options.h"

#include <ostream>

#include "cli/terminal/one_line.h"
#include "cli/text_input.h"

namespace regrow {

Config configured(const SettingOptions& options, std::vector<std::string>& notes,
                  std::vector<GivenFlag>* given) {
  TomlSettings of_file;
  if (!options.config_file.empty()) of_file = read_toml(read_text_input(options.config_file));
  Config config = config_of_layers(of_file.given, options.flags);
  resolve(config);
  notes = std::move(of_file.notes);
  if (given != nullptr) {
    *given = std::move(of_file.given);
    given->insert(given->end(), options.flags.begin(), options.flags.end());
  }
  return config;
}

void print_notes(const std::vector<std::string>& notes, std::ostream& err) {
  for (const std::string& note : notes) err << "note: " << one_line(note) << '\n';
}

}  // namespace regrow

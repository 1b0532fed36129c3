// Which layer of settings wins: flags beat the file, the file beats the preset.

#include "config/connection_source.h"
#include "config/growth_rule_tables.h"
#include "config/own_data.h"
#include "config/settings.h"

namespace regrow {

Config layered_config(const std::optional<TomlSource>& file, std::span<const GivenFlag> flags) {
  const TomlSettings of_file = file ? read_toml(*file) : TomlSettings();
  return config_of_layers(of_file.given, spelt_out(flags, of_file.growth_rules));
}

Config config_of_layers(std::span<const GivenFlag> of_file, std::span<const GivenFlag> flags) {
  Config chosen;
  // All are tried here already: only what chooses the preset's values is used.
  for (const auto layer : {of_file, flags}) {
    for (const GivenFlag& given : layer) {
      given.setting->set_from_string(chosen, given.value, given.source());
    }
  }

  if (means_own_data(of_file, flags)) chosen.dataset = DatasetName::kCustom;
  const bool names_optimiser =
      find_given(of_file, "optimiser") != nullptr || find_given(flags, "optimiser") != nullptr;
  if (!names_optimiser && chosen.preset == PresetName::kDefault) {
    chosen.optimiser = usual_optimiser(chosen.dataset);
  }
  Config config = preset_config(chosen.preset, chosen.dataset, chosen.method, chosen.optimiser);
  const double usual_epsilon = config.epsilon;
  settle_connections(config);
  apply_settings(config, of_file, Layer::kFile, usual_epsilon);
  apply_settings(config, flags, Layer::kFlags, usual_epsilon);
  // A method's own candidates are of its own growth: another rule that takes its place has none.
  const bool names_candidates =
      find_given(of_file, "candidates") != nullptr || find_given(flags, "candidates") != nullptr;
  if (!config.grow.by_gradient && !names_candidates) config.candidates = CandidateLaw::kAll;
  return config;
}

}  // namespace regrow

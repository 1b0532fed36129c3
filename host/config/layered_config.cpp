// Which layer of settings wins: flags beat the file, the file beats the preset.

#include "config/settings.h"

namespace regrow {

Config layered_config(const std::optional<TomlSource>& file, std::span<const GivenFlag> flags) {
  PresetChoice of_file;
  if (file) of_file = read_preset_choice(*file);
  Config chosen;
  chosen.preset = of_file.preset.value_or(chosen.preset);
  chosen.dataset = of_file.dataset.value_or(chosen.dataset);
  // All flags are tried here already: only the preset and the data set are used.
  for (const GivenFlag& flag : flags) {
    flag.setting->set_from_string(chosen, flag.value, flag.setting->flag());
  }

  Config config = preset_config(chosen.preset, chosen.dataset);
  if (file) apply_toml(config, *file);
  for (const GivenFlag& flag : flags) {
    flag.setting->set_from_string(config, flag.value, flag.setting->flag());
  }
  return config;
}

}  // namespace regrow

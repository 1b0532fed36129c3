// How a row of runs is called.
#include "cli/row_label.h"

#include <fmt/format.h>

namespace regrow {

std::vector<std::string> RowLabels::header() const {
  std::vector<std::string> header = {"method", "measure", "pause", "grow"};
  for (const Setting* setting : varying_) header.push_back(setting->key);
  return header;
}

std::vector<std::string> RowLabels::cells(const Row& row, const std::string& none) const {
  const Config& config = row.config;
  std::vector<std::string> cells = {
      name_of(config.method), config.measure == Measure::kAuto ? none : name_of(config.measure),
      name_of(config.pause), config.grow};
  for (const Setting* setting : varying_) {
    const std::string value = setting->to_string(config);
    cells.push_back(value.empty() ? none : value);
  }
  return cells;
}

std::string RowLabels::sentence(const Row& row) const {
  const Config& config = row.config;
  std::string sentence = name_of(config.method);
  if (config.measure != Measure::kAuto) sentence += " on " + name_of(config.measure);
  if (config.pause != PauseOn::kNone) sentence += ", paused on " + name_of(config.pause);
  sentence += fmt::format(", {} growth", config.grow);
  for (const Setting* setting : varying_) {
    sentence += fmt::format(", {} {}", setting->key, setting->to_string(config));
  }
  return sentence;
}

}  // namespace regrow

// Settings as the columns of a table.
#pragma once

#include <string>
#include <vector>

#include "cli/table/data_table.h"
#include "config/settings.h"

namespace regrow {

/// A number or a switch as such, for programs.
Value value_of(const Setting& setting, const Config& config);

/// The end of an error's list of columns.
inline constexpr const char* kAndSettings = ", and each setting, such as zeta";

/// Adds a column for each setting that has none. `config`: a subject's.
template <typename Subject, typename ConfigOf>
void add_settings_columns(std::vector<ColumnOf<Subject>>& catalogue, ConfigOf config) {
  const std::size_t others = catalogue.size();
  for (const Setting& setting : settings()) {
    const auto has_key = [&](const auto& each) { return each.column.name == setting.key; };
    const auto end = catalogue.begin() + static_cast<std::ptrdiff_t>(others);
    if (std::any_of(catalogue.begin(), end, has_key)) continue;
    const bool is_number =
        setting.kind == SettingKind::kInteger || setting.kind == SettingKind::kReal;
    catalogue.push_back({{.name = setting.key,
                          .heading = setting.key,
                          .is_word = !is_number,
                          .may_be_common = true,
                          .is_listed = false},
                         [&setting, config](const Subject& subject) {
                           const Config* const of = config(subject);
                           return of == nullptr ? Value() : value_of(setting, *of);
                         }});
  }
}

}  // namespace regrow

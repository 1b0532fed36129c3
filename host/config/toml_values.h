// Values of settings in TOML files, for whoever reads such a file.
#pragma once

#include <toml++/toml.h>

#include <optional>
#include <string>

#include "config/settings.h"

namespace regrow {

/// The value as Setting::parse() takes it; nothing where its type is not the setting's.
std::optional<std::string> toml_text(const toml::node& node, SettingKind kind);

/// "an integer": what toml_text() takes.
const char* toml_type(SettingKind kind);

}  // namespace regrow

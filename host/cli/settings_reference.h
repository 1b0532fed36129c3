// The table of settings, as people and programs read it.
#pragma once

#include <cstddef>
#include <string>

namespace regrow {

std::string settings_as_text(std::size_t columns);
/// docs/settings.md.
std::string settings_as_markdown();
std::string settings_as_json();

}  // namespace regrow

// Text files that people give, of which "-" is the standard input.
#pragma once

#include <string>

#include "config/settings.h"

namespace regrow {

/// Whether a file's name stands for the standard input.
bool is_standard_input(const std::string& file);

/// A file's text and its name for errors. Throws Error as read_file().
TomlSource read_text_input(const std::string& file);

}  // namespace regrow

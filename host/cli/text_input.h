// Text files that people give, of which "-" is the standard input.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "config/settings.h"

namespace regrow {

/// Whether a file's name stands for the standard input.
bool is_standard_input(const std::string& file);

/// What errors call it.
inline constexpr const char* kStandardInput = "standard input";

/// Hands the standard input over, piece by piece. Throws Error where it cannot be read.
void read_standard_input(const std::function<void(std::span<const std::byte>)>& take);

/// A file's text and its name for errors. Throws Error as read_file(), and of more than 64 MiB in
/// the standard input.
TomlSource read_text_input(const std::string& file);

}  // namespace regrow

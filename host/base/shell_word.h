// Names in commands that messages tell to call.
#pragma once

#include <string>

namespace regrow {

/// The path as one word of a shell, which stands for just this path: in quotes where it needs them,
/// and with "./" before a dash, which would begin an option.
std::string shell_word(const std::string& path);

}  // namespace regrow

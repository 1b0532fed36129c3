// Messages name files and values as they are, and those may hold anything.
#pragma once

#include <string>

namespace regrow {

/// `message` as one line that a terminal shows as it is, in UTF-8: line ends become blanks; other
/// controls, what turns the direction of text or has no width, and bytes that are no UTF-8 are
/// written out, such as \x1b and \u202e. Words longer than a file's name can be are quoted in part,
/// and of what fills more than a screen the middle is left out.
std::string one_line(const std::string& message);

}  // namespace regrow

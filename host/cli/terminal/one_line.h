// Messages name files and values as they are, and those may hold anything.
#pragma once

#include <string>

namespace regrow {

/// `message` as one line that a terminal shows as it is: line ends become spaces, other control
/// characters are written out, such as \x1b, and so are those that turn the direction of text.
std::string one_line(const std::string& message);

}  // namespace regrow

#include "cli/one_line.h"

#include <fmt/format.h>

namespace regrow {

std::string one_line(const std::string& message) {
  std::string line;
  for (const char character : message) {
    const auto byte = static_cast<unsigned char>(character);
    if (character == '\n') {
      line += ' ';
    } else if (byte < 0x20 || byte == 0x7F) {
      line += fmt::format("\\x{:02x}", byte);
    } else {
      line += character;
    }
  }
  return line;
}

}  // namespace regrow

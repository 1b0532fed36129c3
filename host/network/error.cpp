// Failed invariants of the program itself.
#include "regrow/error.h"

namespace regrow::detail {

void check_failed(const char* expression, const char* file, int line, const std::string& message) {
  throw std::logic_error(std::string(file) + ":" + std::to_string(line) + ": " + message +
                         " (violated: " + expression + ")");
}

}  // namespace regrow::detail

// Failed invariants of the program itself.
#include "regrow/error.h"

namespace regrow::detail {

void check_failed(const char* expression, const char* file, int line, const std::string& message) {
  throw BrokenInvariant(message,
                        std::string(expression) + " at " + file + ":" + std::to_string(line));
}

}  // namespace regrow::detail

// regrow methods: the methods, and the rules by which connections drop and grow.
#include <iostream>

#include "cli/commands.h"
#include "cli/methods_reference.h"
#include "cli/terminal/terminal.h"

namespace regrow {

int methods_command(const MethodsOptions& options) {
  if (options.format == "json") {
    std::cout << methods_as_json();
  } else if (options.format == "markdown") {
    std::cout << methods_as_markdown();
  } else {
    std::cout << methods_as_text(terminal_columns(1));
  }
  return 0;
}

}  // namespace regrow

// Text files that people give, of which "-" is the standard input.
#include "cli/text_input.h"

#include <iostream>
#include <iterator>

#include "regrow/error.h"
#include "regrow/run_folder.h"

namespace regrow {

bool is_standard_input(const std::string& file) { return file == "-"; }

TomlSource read_text_input(const std::string& file) {
  if (!is_standard_input(file)) return TomlSource{read_file(file), file};
  std::string text(std::istreambuf_iterator<char>(std::cin), {});
  if (std::cin.bad()) throw Error("standard input: cannot be read; give the name of a file");
  return TomlSource{std::move(text), "standard input"};
}

}  // namespace regrow

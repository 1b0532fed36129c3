// Text files that people give, of which "-" is the standard input.
#include "cli/text_input.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <vector>

#include "regrow/error.h"
#include "regrow/run_folder.h"

namespace regrow {

bool is_standard_input(const std::string& file) { return file == "-"; }

void read_standard_input(const std::function<void(std::span<const std::byte>)>& take) {
  constexpr std::size_t kChunkBytes = std::size_t{1} << 20;
  std::vector<std::byte> chunk(kChunkBytes);
  for (;;) {
    const ssize_t count = read(STDIN_FILENO, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      throw Error(fmt::format("{}: cannot be read: {}; give the name of a file", kStandardInput,
                              std::generic_category().message(errno)));
    }
    if (count == 0) return;
    take(std::span(chunk).first(static_cast<std::size_t>(count)));
  }
}

TomlSource read_text_input(const std::string& file) {
  if (!is_standard_input(file)) return TomlSource{read_file(file), file};
  constexpr std::size_t kMostBytes = std::size_t{64} << 20;
  std::string text;
  read_standard_input([&](std::span<const std::byte> piece) {
    text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    if (text.size() > kMostBytes) {
      throw Error(fmt::format("{}: is longer than {} MiB, which no configuration is",
                              kStandardInput, kMostBytes >> 20));
    }
  });
  return TomlSource{std::move(text), kStandardInput};
}

}  // namespace regrow

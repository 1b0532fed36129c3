#include "train/recorded_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>

#include "base/read_failure.h"
#include "base/shell_word.h"
#include "regrow/error.h"

namespace regrow {

FilePrefix prefix_of(const std::filesystem::path& path, const FilePrefix& wanted) {
  constexpr std::uint64_t kPieceBytes = std::uint64_t{1} << 20;
  FilePrefix found;
  if (wanted.bytes == 0 || type_to_read(path) != std::filesystem::file_type::regular) return found;
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) fail_to_read(path, errno);
  std::string piece;
  while (file && found.bytes < wanted.bytes) {
    piece.resize(std::min(kPieceBytes, wanted.bytes - found.bytes));
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    piece.resize(static_cast<std::size_t>(file.gcount()));
    found = extended(found, piece);
  }
  if (file.bad()) fail_to_read(path, errno);
  return found;
}

void require_lines(const RunFolder& folder, const std::filesystem::path& path,
                   const RecordedLines& lines) {
  const FilePrefix found = prefix_of(path, lines.prefix);
  if (found == lines.prefix) return;
  const std::string what =
      found.bytes < lines.prefix.bytes
          ? fmt::format("{} bytes are missing of the {} of {}", lines.prefix.bytes - found.bytes,
                        lines.prefix.bytes, lines.of_what)
      : lines.count == 1 ? "its first line is not that of this run"
                         : fmt::format("its first {} lines are not those of this run", lines.count);
  throw Error(fmt::format(
      "{}: {}; put the file back, or train again from an earlier state with --resume {} --from "
      "previous, or --from initial",
      path.string(), what, shell_word(folder.path().string())));
}

}  // namespace regrow

// Reads a file line by line, whatever somebody has made of it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>

namespace regrow {

/// Of a regular file: what else may have its name is not waited for. A file that is none, or cannot
/// be opened, has no line.
class LineReader {
 public:
  /// No record is longer; a file without line ends, a sparse one say, is not read to its end.
  static constexpr std::size_t kMostBytes = std::size_t{1} << 24;

  explicit LineReader(const std::filesystem::path& path);
  /// Where it is not, errno says why.
  bool is_open() const { return file_.is_open(); }

  /// The next whole line, without its end; false where there is none. A last line without an end is
  /// being written, or was when its writer was killed.
  bool next(std::string& line);
  /// True where next() met a line that is too long, or could not read on.
  bool has_failed() const { return has_failed_; }

 private:
  std::ifstream file_;
  std::string piece_;      // what was read last
  std::size_t given_ = 0;  // of its bytes
  bool has_failed_ = false;
};

}  // namespace regrow

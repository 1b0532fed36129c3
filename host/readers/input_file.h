// A data file, plain or gzipped, read to a length known beforehand. Every failure is one line with
// the file, what is wrong with it and the remedy, and nothing is believed before it is checked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "readers/gzip_stream.h"

namespace regrow {

class InputFile {
 public:
  /// Opens `path`; `remedy` ends every message. Throws Error when it is missing or unreadable.
  InputFile(std::filesystem::path path, std::string remedy);

  /// Declares the uncompressed size in bytes. Throws Error where the file's own size shows already
  /// that it cannot be so, so that memory may be allocated afterwards.
  void expect_size(std::uint64_t bytes);
  /// Fills `out`; throws Error on a truncated or corrupt file.
  void read(std::span<std::uint8_t> out);
  /// The rest of the file, which must be exactly `bytes` long; of a gzipped file the checksum too.
  std::vector<std::uint8_t> read_rest(std::uint64_t bytes);

  /// Throws Error "PATH: PROBLEM; REMEDY".
  [[noreturn]] void fail(const std::string& problem) const;
  /// With a remedy of this problem's own.
  [[noreturn]] void fail_with(const std::string& problem, const std::string& remedy) const;
  /// Of a file that is not `expected`: what it is instead, where its first bytes tell, as those of
  /// an archive, a web page or a pointer of git-lfs do; else the problem `otherwise`.
  [[noreturn]] void fail_as_other_kind(const std::string& expected, const std::string& otherwise);

  std::uint64_t file_bytes() const { return file_bytes_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  bool is_plain() const { return gzip_ == nullptr; }
  void open_gzip();
  std::string head_of_file();
  std::string head();  // uncompressed; nothing can be read any more
  std::size_t read_file(std::span<std::byte> out);
  std::size_t read_up_to(std::span<std::uint8_t> out);
  [[noreturn]] void fail_truncated(std::uint64_t expected_bytes) const;

  std::filesystem::path path_;
  std::string remedy_;
  std::uint64_t file_bytes_ = 0;
  std::uint64_t position_ = 0;        // uncompressed bytes read so far
  std::uint64_t expected_bytes_ = 0;  // of the uncompressed whole; 0: not known yet
  std::ifstream file_;
  std::unique_ptr<GzipStream> gzip_;  // of a gzipped file
};

}  // namespace regrow

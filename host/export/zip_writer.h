// A ZIP archive in memory.
#pragma once

#include <deque>
#include <string>

struct zip;
struct zip_source;

namespace regrow {

class ZipWriter {
 public:
  ZipWriter();
  ~ZipWriter();
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  /// A file that is stored as it is, of 1 January 1980, the first day that the format knows, so
  /// that equal contents make equal archives.
  void add(const std::string& name, std::string content);

  /// The archive's bytes.
  std::string file() &&;

 private:
  std::deque<std::string> contents_;  // which libzip reads when it closes the archive
  zip_source* bytes_ = nullptr;
  zip* archive_ = nullptr;
};

}  // namespace regrow

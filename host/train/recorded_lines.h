// The lines of a record file that a checkpoint counts on, known by their size and checksum.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "regrow/file_prefix.h"
#include "regrow/run_folder.h"

namespace regrow {

/// What the file begins with, up to the size of `wanted`. Nothing where there is no file. Throws
/// Error where it cannot be read.
FilePrefix prefix_of(const std::filesystem::path& path, const FilePrefix& wanted);

struct RecordedLines {
  FilePrefix prefix;
  std::int64_t count = 0;
  std::string of_what;  // "3 epochs"
};

/// Throws Error naming file and remedy unless `path`, of the run in `folder`, begins with `lines`.
void require_lines(const RunFolder& folder, const std::filesystem::path& path,
                   const RecordedLines& lines);

}  // namespace regrow

// The log of a program's operations on files, in their order.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace regrow::tests {

struct FileOperation {
  std::string call;  // open, create, write (ftruncate() too), sync, rename, link, unlink, mkdir
  long number = 0;   // as FileFault::at has it; of what does not count, the one before
  int flags = 0;     // of open() and create()
  std::filesystem::path path{};
  std::filesystem::path to{};  // of rename() and link()
};

/// Those that succeeded, of the file FileFault::log.
std::vector<FileOperation> read_file_log(const std::filesystem::path& file);

/// What a power cut could take of what the program counted on, a line each:
/// - a renamed file that was not synced after its last write,
/// - a rename whose folder was not synced before the next one in it,
/// - a new folder whose name was not synced before a rename within it,
/// - anything written, or made, in a run's folder and not synced before the checkpoint that counts
///   on it was renamed, or before the program's end,
/// - and, as it is the same log, a file that children of the program would inherit.
std::string lapses_in(const std::vector<FileOperation>& log);

}  // namespace regrow::tests

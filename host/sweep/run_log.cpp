// Finds the line of a log that says why its job failed.
#include "sweep/run_log.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "io/folder.h"
#include "regrow/error.h"

namespace regrow {
namespace {

constexpr std::uintmax_t kTailBytes = 4096;  // several lines

}  // namespace

Descriptor open_log(const std::filesystem::path& log) {
  std::error_code error;
  const auto folder = Folder::open(log.parent_path(), error);
  if (!error) {
    Descriptor file = folder->open_regular_file(log.filename().string(), O_WRONLY | O_APPEND);
    if (file.is_open()) return file;
    error.assign(errno, std::generic_category());
  }
  throw Error(fmt::format("{}: cannot be written: {}; check the folder or give another --out",
                          log.string(), error.message()));
}

std::string quoted_reason(const std::filesystem::path& log, std::uintmax_t from) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(log, error);
  if (error || size <= from) return "";
  std::ifstream file(log, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(std::max(from, size - std::min(size, kTailBytes))));
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};

  std::string last_line, last_error;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) break;  // not yet whole
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.empty()) continue;
    if (line.starts_with("error: ")) last_error = line;
    last_line = std::move(line);
  }
  return last_error.empty() ? last_line : last_error;
}

}  // namespace regrow

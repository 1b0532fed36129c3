// Reads the last whole line of a file that grows.
#include "sweep/recorded_progress.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <system_error>

#include "regrow/error.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

constexpr std::streamoff kFirstBytes = 4096;  // several lines of most networks

/// Without its end; "" where there is none.
std::string last_whole_line(const fs::path& path) {
  std::error_code no_file;
  if (!fs::is_regular_file(path, no_file)) return "";  // a pipe would be waited for
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return "";
  const std::streamoff size = file.tellg();
  for (std::streamoff bytes = kFirstBytes;; bytes *= 4) {
    const std::streamoff begin = std::max<std::streamoff>(0, size - bytes);
    std::string text(static_cast<std::size_t>(size - begin), '\0');
    file.seekg(begin);
    if (!file.read(text.data(), size - begin)) return "";  // it is shorter meanwhile
    const std::size_t end = text.rfind('\n');
    if (end != std::string::npos) {
      text.resize(end);
      const std::size_t former_end = text.rfind('\n');
      if (former_end != std::string::npos) return text.substr(former_end + 1);
      if (begin == 0) return text;
    }
    if (begin == 0) return "";
  }
}

}  // namespace

RecordedProgress::RecordedProgress(const fs::path& run)
    : metrics_(run / "metrics.jsonl"), timings_(run / "timings.jsonl") {}

std::optional<RecordedEpoch> RecordedProgress::poll() {
  std::error_code no_file;
  const std::uintmax_t size = fs::file_size(metrics_, no_file);
  if (no_file || size == size_) return std::nullopt;
  size_ = size;
  RecordedEpoch last;
  try {
    last.record = parse_epoch_record(last_whole_line(metrics_), metrics_.string());
  } catch (const Error&) {
    return std::nullopt;
  }
  try {
    // An epoch's timings are written before its metrics.
    last.seconds = parse_epoch_timings(last_whole_line(timings_), timings_.string()).total();
  } catch (const Error&) {
    // They are no part of the result.
  }
  return last;
}

}  // namespace regrow

// The lines that a checkpoint counts are known by their size and checksum, all but the last one,
// which the checkpoint holds: an evolution that is still to come will change it.
#include "train/metrics_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <string>
#include <system_error>

#include "base/shell_word.h"
#include "base/read_failure.h"
#include "regrow/error.h"
#include "train/epochs_text.h"

namespace regrow {
namespace {

std::string line_of(const EpochRecord& record) { return to_json_line(record) + "\n"; }

/// What the file begins with, up to the size of `wanted`. Nothing where there is no file. Throws
/// Error where it cannot be read.
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

AppendFile open_for(const RunFolder& folder, const Checkpoint& state) {
  check_metrics(folder, state);
  restore_metrics(folder, state);
  return folder.metrics_to_append();
}

}  // namespace

void check_metrics(const RunFolder& folder, const Checkpoint& state) {
  if (!state.records.empty()) return;
  const FilePrefix found = prefix_of(folder.metrics(), state.metrics);
  if (found == state.metrics) return;
  const std::int64_t lines = std::int64_t{state.history.epochs} - 1;
  const std::string what =
      found.bytes < state.metrics.bytes
          ? fmt::format("{} bytes are missing of the {} of {}", state.metrics.bytes - found.bytes,
                        state.metrics.bytes, epochs_text(lines))
      : lines == 1 ? "its first line is not that of this run"
                   : fmt::format("its first {} lines are not those of this run", lines);
  throw Error(fmt::format(
      "{}: {}; put the file back, or train again from an earlier state with --resume {} --from "
      "previous, or --from initial",
      folder.metrics().string(), what, shell_word(folder.path().string())));
}

void restore_metrics(const RunFolder& folder, const Checkpoint& state) {
  const bool has_records = !state.records.empty();
  if (!has_records || prefix_of(folder.metrics(), state.metrics) == state.metrics) return;
  std::string lines;
  for (const EpochRecord& record : state.records) lines += line_of(record);
  folder.replace_metrics(lines);
}

bool has_all_metrics(const RunFolder& folder, const Checkpoint& state) {
  const bool is_empty = state.history.epochs == 0;
  const FilePrefix all =
      is_empty ? FilePrefix() : extended(state.metrics, line_of(state.history.last));
  std::error_code no_file;
  return std::filesystem::file_size(folder.metrics(), no_file) == all.bytes &&
         prefix_of(folder.metrics(), all) == all;
}

MetricsFile::MetricsFile(const RunFolder& folder, const Checkpoint& state, bool completes_last)
    : file_(open_for(folder, state)), before_last_(state.metrics) {
  file_.cut_back(before_last_.bytes);
  if (state.history.epochs > 0 && !completes_last) append(state.history.last);
}

void MetricsFile::append(const EpochRecord& record) {
  std::string line = line_of(record);
  file_.append(line);
  before_last_ = extended(before_last_, last_);
  last_ = std::move(line);
}

}  // namespace regrow

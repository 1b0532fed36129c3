// The lines that a checkpoint counts are known by their size and checksum, all but the last one,
// which the checkpoint holds: an evolution that is still to come will change it.
#include "train/metrics_file.h"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <system_error>

#include "train/epochs_text.h"
#include "train/recorded_lines.h"

namespace regrow {
namespace {

std::string line_of(const EpochRecord& record) { return to_json_line(record) + "\n"; }

AppendFile open_for(const RunFolder& folder, const Checkpoint& state) {
  check_metrics(folder, state);
  restore_metrics(folder, state);
  return folder.metrics_to_append();
}

}  // namespace

void check_metrics(const RunFolder& folder, const Checkpoint& state) {
  const std::int64_t lines = std::int64_t{state.history.epochs} - 1;
  if (state.records.empty()) {
    require_lines(folder, folder.metrics(), {state.metrics, lines, epochs_text(lines)});
  }
  const auto evolutions = static_cast<std::int64_t>(state.evolution.due);
  require_lines(folder, folder.evolutions(),
                {state.evolutions, evolutions,
                 fmt::format("{} evolution{}", evolutions, evolutions == 1 ? "" : "s")});
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

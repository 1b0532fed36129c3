// What a run's log says of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace regrow {

/// From the latest line "epoch N …" of `regrow train`, as far as it is there.
struct LoggedEpoch {
  std::uint32_t epoch = 0;
  std::string facts;   // "loss 1.2345  acc …"
  double seconds = 0;  // it took
};

/// The end of a log that grows: only what was written after byte `from` counts.
struct LogTail {
  std::optional<LoggedEpoch> epoch;
  // Without their ends; "" where there is none. Two sweeps may write to one log, so an error need
  // not be the last line.
  std::string last_line;
  std::string last_error;  // the latest line "error: …"

  const std::string& reason() const { return last_error.empty() ? last_line : last_error; }
};

/// Throws the Error of a log that cannot be opened, for this reason.
[[noreturn]] void refuse_log(const std::filesystem::path& log, int error_number);

/// A log that cannot be read says nothing.
LogTail read_log_tail(const std::filesystem::path& log, std::uintmax_t from);

}  // namespace regrow

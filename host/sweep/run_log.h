// The log of a run: what its job printed, for people to read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace regrow {

/// Throws the Error of a log that cannot be opened, for this reason.
[[noreturn]] void refuse_log(const std::filesystem::path& log, int error_number);

/// What to quote of a log where its job failed: of what was written after byte `from` the latest
/// line "error: …", else the latest line; "" where there is none. Two sweeps may write to one log,
/// so an error need not be the last line.
std::string quoted_reason(const std::filesystem::path& log, std::uintmax_t from);

}  // namespace regrow

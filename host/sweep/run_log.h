// The log of a run: what its job printed, for people to read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "io/descriptor.h"

namespace regrow {

/// A log to append to, made where there is none. Throws Error where that cannot be, or where
/// something else has its name, a link or a pipe for one.
Descriptor open_log(const std::filesystem::path& log);

/// What to quote of a log where its job failed: of what was written after byte `from` the latest
/// line "error: …", else the latest line; "" where there is none. Two sweeps may write to one log,
/// so an error need not be the last line.
std::string quoted_reason(const std::filesystem::path& log, std::uintmax_t from);

}  // namespace regrow

// What the control groups of Linux (versions 1 and 2) leave to this process, as in containers and
// jobs of batch systems. The nearest group and all those above it count; the least holds.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace regrow {

/// Processors that the groups' quotas of time amount to, such as 1.5; nothing where none is set.
/// `root`: what stands for "/".
std::optional<double> control_group_processors(const std::filesystem::path& root = "/");

/// Bytes that the groups' limits leave. What only caches files is free. Nothing where no limit is
/// set.
std::optional<std::uint64_t> control_group_memory(const std::filesystem::path& root = "/");

}  // namespace regrow

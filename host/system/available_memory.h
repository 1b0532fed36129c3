// How much memory this process can still have.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace regrow {

struct AvailableMemory {
  std::uint64_t bytes = 0;
  std::string where;  // "are free on this machine", "are left of the limit on data (ulimit -d)", …
};

/// The least that the machine, the control groups and the limits of the process leave; where
/// nothing says how much that is, more than anything. `root`: what stands for "/".
AvailableMemory available_memory(const std::filesystem::path& root = "/");

}  // namespace regrow

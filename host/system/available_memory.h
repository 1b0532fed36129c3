// How much memory this process can still have.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace regrow {

struct AvailableMemory {
  std::uint64_t bytes = 0;
  std::string where;  // "are free on this machine", "of this container's or job's limit", …
};

/// The least that the machine, the control groups and the limits of the process leave; where
/// nothing says how much that is, more than anything. `root`: what stands for "/".
AvailableMemory available_memory(const std::filesystem::path& root = "/");

/// "812 MiB", "1.5 GiB": three digits.
std::string memory_text(std::uint64_t bytes);

}  // namespace regrow

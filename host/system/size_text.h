// Counts and sizes as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace regrow {

/// "1,234,567".
std::string grouped(std::uint64_t number);

/// "12 bytes", "1.50 KiB", "812 MiB": from 1 KiB on three digits.
std::string memory_text(std::uint64_t bytes);

}  // namespace regrow

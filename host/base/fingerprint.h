// What tells contents apart at the speed of memory.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace regrow {

/// Of all parts, one after the other: XXH3 of 128 bits, as 32 hexadecimal digits, which `xxhsum
/// -H2` prints of the same bytes.
std::string fingerprint(std::span<const std::span<const std::byte>> parts);

}  // namespace regrow

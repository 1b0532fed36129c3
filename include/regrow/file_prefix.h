// The beginning of a file that grows, recognised by its size and checksum.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace regrow {

struct FilePrefix {
  std::uint64_t bytes = 0;
  std::uint32_t crc32 = 0;  // zlib's, of those bytes

  bool operator==(const FilePrefix&) const = default;
};

/// The prefix that is longer by `bytes`, or by `text`.
FilePrefix extended(FilePrefix prefix, std::span<const std::byte> bytes);
FilePrefix extended(FilePrefix prefix, std::string_view text);

}  // namespace regrow

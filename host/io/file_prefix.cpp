// Checksums of files that grow.
#include "regrow/file_prefix.h"

#include <zlib.h>

namespace regrow {

FilePrefix extended(FilePrefix prefix, std::span<const std::byte> bytes) {
  if (bytes.empty()) return prefix;  // zlib takes a null pointer as a wish to start anew
  prefix.bytes += bytes.size();
  prefix.crc32 = static_cast<std::uint32_t>(
      crc32_z(prefix.crc32, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
  return prefix;
}

FilePrefix extended(FilePrefix prefix, std::string_view text) {
  return extended(prefix, std::as_bytes(std::span(text)));
}

}  // namespace regrow

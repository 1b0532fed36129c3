// Checksums of files that grow.
#include "regrow/file_prefix.h"

#include <zlib.h>

namespace regrow {

FilePrefix extended(FilePrefix prefix, std::string_view text) {
  if (text.empty()) return prefix;  // zlib takes a null pointer as a wish to start anew
  prefix.bytes += text.size();
  prefix.crc32 = static_cast<std::uint32_t>(
      crc32_z(prefix.crc32, reinterpret_cast<const Bytef*>(text.data()), text.size()));
  return prefix;
}

}  // namespace regrow

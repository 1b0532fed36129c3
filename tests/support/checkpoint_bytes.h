// A checkpoint's file taken apart and put together again, with sizes and checksum right, whatever
// was changed in between: what tests and fuzzers change would otherwise be refused for its
// checksum.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "io/safetensors_header.h"
#include "regrow/error.h"

namespace regrow::tests {

struct CheckpointBytes {
  SafetensorsHeader header;
  std::string data;  // what follows the header, without the checksum

  /// Takes the tensor out, bytes and all. Of a name that there is not: nothing.
  void remove_tensor(std::string_view name) {
    std::vector<TensorInfo>& tensors = header.tensors;
    const auto gone = std::find_if(tensors.begin(), tensors.end(),
                                   [&](const TensorInfo& tensor) { return tensor.name == name; });
    if (gone == tensors.end()) return;
    const std::uint64_t begin = gone->begin_bytes, bytes = gone->end_bytes - begin;
    data.erase(begin, bytes);
    for (auto later = tensors.erase(gone); later != tensors.end(); ++later) {
      later->begin_bytes -= bytes;
      later->end_bytes -= bytes;
    }
  }
};

inline constexpr std::size_t kChecksumBytes = 4;

/// Throws Error where `bytes` are no container.
inline CheckpointBytes taken_apart(std::string_view bytes) {
  std::uint64_t header_bytes = 0;
  if (bytes.size() < kLengthBytes + kChecksumBytes) throw Error("too short");
  std::memcpy(&header_bytes, bytes.data(), kLengthBytes);
  const std::size_t rest = bytes.size() - kLengthBytes - kChecksumBytes;
  if (header_bytes > rest) throw Error("cut off");
  return {parse_header(bytes.substr(kLengthBytes, header_bytes),
                       bytes.size() - kLengthBytes - header_bytes),
          std::string(bytes.substr(kLengthBytes + header_bytes, rest - header_bytes))};
}

/// The header may be anything.
inline std::string put_together(std::string_view header, std::string_view data) {
  const std::uint64_t header_bytes = header.size();
  std::string bytes(kLengthBytes, '\0');
  std::memcpy(bytes.data(), &header_bytes, kLengthBytes);
  bytes.append(header).append(data);
  const auto checksum = static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
  bytes.append(reinterpret_cast<const char*>(&checksum), kChecksumBytes);
  return bytes;
}

inline std::string put_together(const CheckpointBytes& checkpoint) {
  return put_together(header_to_json(checkpoint.header), checkpoint.data);
}

}  // namespace regrow::tests

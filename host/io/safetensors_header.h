// The JSON header of a safetensors file: what each tensor is called, its type, shape and place, and
// the metadata. Nothing of a header is trusted before it has been checked against the file's size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace regrow {

enum class Dtype : std::uint8_t { kU32, kU64, kF32, kF64 };

std::uint64_t item_bytes(Dtype dtype);

using Metadata = std::map<std::string, std::string>;

struct TensorInfo {
  std::string name;
  Dtype dtype = Dtype::kF32;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin_bytes = 0;  // counted from the first tensor's first byte
  std::uint64_t end_bytes = 0;
};

struct SafetensorsHeader {
  Metadata metadata;
  std::vector<TensorInfo> tensors;  // in the order of their bytes, without gaps
};

/// The most bytes a header may have, as in other readers of the format.
inline constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;
/// Before the header: its length, a little-endian 64-bit number.
inline constexpr std::uint64_t kLengthBytes = 8;

/// Padded with spaces to a multiple of 8, so that the tensors start aligned.
std::string header_to_json(const SafetensorsHeader& header);

/// `data_bytes`: what the file holds after the header. Throws Error whose text says what is wrong,
/// for the caller to put file and remedy around it.
SafetensorsHeader parse_header(std::string_view json, std::uint64_t data_bytes);

}  // namespace regrow

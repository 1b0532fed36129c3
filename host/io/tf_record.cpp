// TFRecord framing.
#include "io/tf_record.h"

#include <array>
#include <bit>

namespace regrow {
namespace {

constexpr std::size_t kFrameLengthBytes = 8;
constexpr std::size_t kFrameChecksumBytes = 4;
static_assert(kTfHeadBytes == kFrameLengthBytes + kFrameChecksumBytes);
static_assert(kTfFrameBytes == kTfHeadBytes + kFrameChecksumBytes);

/// Of every byte. zlib has the other CRC-32 only; of the few kilobytes an epoch that are framed,
/// one byte at a time takes microseconds.
constexpr std::array<std::uint32_t, 256> make_table() {
  constexpr std::uint32_t kReversedPolynomial = 0x82F63B78U;
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) * kReversedPolynomial);
    table[byte] = crc;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kTable = make_table();

/// A checksum of bytes that hold their own checksum is a weak one, so the format stores it changed.
std::uint32_t masked_checksum(std::string_view bytes) {
  return std::rotr(crc32c(bytes), 15) + 0xA282EAD8U;
}

void append_little_endian(std::string& bytes, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFFU);
}

std::uint64_t little_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) {
    crc = kTable[(crc ^ static_cast<unsigned char>(byte)) & 0xFFU] ^ (crc >> 8);
  }
  return ~crc;
}

std::string tf_record(std::string_view payload) {
  std::string record;
  record.reserve(payload.size() + kTfFrameBytes);
  append_little_endian(record, payload.size(), kFrameLengthBytes);
  append_little_endian(record, masked_checksum(record), kFrameChecksumBytes);
  record += payload;
  append_little_endian(record, masked_checksum(payload), kFrameChecksumBytes);
  return record;
}

std::optional<std::uint64_t> first_tf_payload_bytes(std::string_view bytes) {
  if (bytes.size() < kTfHeadBytes) return std::nullopt;
  const std::string_view length_bytes = bytes.substr(0, kFrameLengthBytes);
  if (little_endian(bytes.substr(kFrameLengthBytes, kFrameChecksumBytes)) !=
      masked_checksum(length_bytes)) {
    return std::nullopt;
  }
  return little_endian(length_bytes);
}

std::optional<std::string_view> first_tf_payload(std::string_view bytes) {
  const auto length = first_tf_payload_bytes(bytes);
  if (!length || bytes.size() < kTfFrameBytes || *length > bytes.size() - kTfFrameBytes) {
    return std::nullopt;
  }
  const std::string_view payload = bytes.substr(kTfHeadBytes, *length);
  const std::string_view checksum = bytes.substr(kTfHeadBytes + *length, kFrameChecksumBytes);
  if (little_endian(checksum) != masked_checksum(payload)) return std::nullopt;
  return payload;
}

}  // namespace regrow

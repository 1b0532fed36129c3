// TFRecord framing: length, checksum of the length, payload, checksum of the payload. A record that
// a killed writer left unfinished shows in its checksums.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace regrow {

/// What the frame adds to a payload, in bytes.
inline constexpr std::size_t kTfFrameBytes = 16;

/// Of them before the payload.
inline constexpr std::size_t kTfHeadBytes = 12;

/// CRC-32C (Castagnoli), as in RFC 3720.
std::uint32_t crc32c(std::string_view bytes);

std::string tf_record(std::string_view payload);

/// How many bytes the payload of the record has that `bytes` begin with; nothing where its head is
/// cut off or damaged.
std::optional<std::uint64_t> first_tf_payload_bytes(std::string_view bytes);

/// The payload of the record that `bytes` begin with, a view into them; nothing where the record
/// is cut off or damaged.
std::optional<std::string_view> first_tf_payload(std::string_view bytes);

}  // namespace regrow

// What a checkpoint says of itself, without its arrays.
#include "io/checkpoint_header.h"

#include <fstream>
#include <string>
#include <system_error>

#include "io/checkpoint_metadata.h"
#include "regrow/error.h"

namespace regrow {

std::optional<Checkpoint> checkpoint_header(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  const std::uint64_t file_bytes = std::filesystem::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  std::uint64_t json_bytes = 0;
  file.read(reinterpret_cast<char*>(&json_bytes), sizeof json_bytes);
  if (error || !file || json_bytes > kMaxHeaderBytes || json_bytes + kLengthBytes > file_bytes) {
    return std::nullopt;
  }
  std::string json(json_bytes, '\0');
  if (!file.read(json.data(), static_cast<std::streamsize>(json_bytes))) return std::nullopt;
  try {
    const SafetensorsHeader header = parse_header(json, file_bytes - kLengthBytes - json_bytes);
    return parse_metadata(header.metadata).checkpoint;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace regrow

// What a checkpoint says of a network's inputs and classes, without its arrays.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace regrow {

struct NetworkEnds {
  std::uint64_t inputs = 0;
  std::uint64_t classes = 0;
};

/// From the header alone, however large the file; its checksum is not looked at. Nothing where
/// there is no checkpoint, or none that can be read.
std::optional<NetworkEnds> checkpoint_ends(const std::filesystem::path& path);

}  // namespace regrow

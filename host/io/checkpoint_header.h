// What a checkpoint says of itself, without its arrays.
#pragma once

#include <filesystem>
#include <optional>

#include "regrow/checkpoint.h"

namespace regrow {

/// From the header alone, however large the file; its checksum is not looked at. Without network
/// and standardisation. Nothing where there is no checkpoint, or none that can be read.
std::optional<Checkpoint> checkpoint_header(const std::filesystem::path& path);

}  // namespace regrow

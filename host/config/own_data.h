// Whether settings that name no data set mean the user's own files.
#pragma once

#include <span>

#include "config/settings.h"

namespace regrow {

/// True where none of the layers names a data set, and `data` of one is a file, standard input, or
/// a folder that holds images by class or arrays; or where a setting is given that only custom data
/// has. Looks at the files' names alone.
bool means_own_data(std::span<const GivenFlag> of_file, std::span<const GivenFlag> flags);

}  // namespace regrow

// The formats of a user's own files, by the ends of their names.
#pragma once

#include <string_view>

#include "regrow/data_config.h"

namespace regrow {

/// Whether a name ends so, in any case of its letters; `end` in lower case.
bool has_end(std::string_view name, std::string_view end);

/// In any case; kAuto where the name does not say it. ".gz" is no format.
DataFormat format_of_name(std::string_view name);

}  // namespace regrow

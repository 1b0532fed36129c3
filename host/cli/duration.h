// Times as people write them.
#pragma once

#include <optional>
#include <string_view>

namespace regrow {

/// "90m", "1.5h", "1h30m", "3600s" or "3600" in seconds; nothing where the text is no time.
std::optional<double> parse_duration(std::string_view text);

}  // namespace regrow

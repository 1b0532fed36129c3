// Numbers as people read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "system/size_text.h"  // grouped()

namespace regrow {

/// A loss, an accuracy or a ratio in no more than six characters, or seven below 0: "0.6250",
/// "12.345", "1e+05".
std::string short_number(double value);

/// A share in percent: "4.2 %", "0.031 %", "100 %"; "- %" where there is no whole.
std::string percent(std::uint64_t part, std::uint64_t whole);

/// "1:02:03", or "-:--:--" for what is no time: nothing known, not finite, below 0, or more than a
/// century, as files that somebody else wrote may say.
std::string hours(std::optional<double> seconds);

/// "12.3 s", and from a minute on as hours() has it.
std::string duration_text(double seconds);

}  // namespace regrow

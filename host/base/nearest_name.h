// The nearest right name, for error messages: "unknown key 'epoch'; did you mean 'epochs'?".
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace regrow {

/// The entry of `names` nearest to `wrong` by Damerau–Levenshtein distance (optimal string
/// alignment: insert, delete, replace, swap neighbours), the first of equals; upper and lower case
/// and '-' and '_' count as equal, and dashes in front not at all. "" where none is near: more than
/// three edits, or more than a third of the longer of the two (one edit is always near).
std::string nearest_name(std::string_view wrong, std::span<const std::string> names);

/// " (did you mean NAME?)", or "" where no name is near: the end of an error message.
std::string did_you_mean(std::string_view wrong, std::span<const std::string> names);

}  // namespace regrow

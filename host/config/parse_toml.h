// The one way to TOML: whoever reads a file or a text of it calls this.
#pragma once

#include <toml++/toml.h>

#include <cstddef>
#include <string>

namespace regrow {

/// More than a configuration has, or a sweep of 10,000 variants.
inline constexpr std::size_t kMostTomlBytes = std::size_t{8} << 20;

/// Tables and lists within one another, whatever they are written as. The deepest that a sweep's
/// file needs is a list of lists in [grid].
inline constexpr std::size_t kMostTomlLevels = 32;

/// `source`: the file, for errors. Throws UsageError, with the line where it can be told, on a text
/// that is no TOML, is longer than kMostTomlBytes, or is nested deeper than kMostTomlLevels.
toml::table parse_toml(const std::string& text, const std::string& source);

/// "FILE:LINE", for errors.
std::string toml_place(const toml::source_region& region, const std::string& file);

}  // namespace regrow

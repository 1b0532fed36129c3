// How wide text is on a terminal, and text that is wrapped to one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace regrow {

/// Columns, not bytes: East Asian characters take two, combining ones none.
std::size_t display_width(const std::string& text);

/// The text's beginning, as much as fits.
std::string first_columns(const std::string& text, std::size_t columns);

/// The text, or its beginning and more of its end, where runs are numbered, with "…" between where
/// it is wider than `columns`.
std::string shortened(const std::string& text, std::size_t columns);

/// The lines of a paragraph, broken at blanks so that none is wider than `columns`, but for a word
/// that alone is. Line breaks in the text are kept; an empty text is one empty line.
std::vector<std::string> wrapped(const std::string& text, std::size_t columns);

/// The lines of a paragraph on a terminal; the paragraph itself where there is none.
std::string fitted_paragraph(const std::string& text, std::optional<std::size_t> columns);

}  // namespace regrow

// The methods and the parts they are made of, as people and programs read them. All of it comes
// from the tables that the program itself goes by.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace regrow {

/// Fitted to a terminal of so many columns, if there is one.
std::string methods_as_text(std::optional<std::size_t> columns);
/// A part of docs/methods.md.
std::string methods_as_markdown();
/// One document.
std::string methods_as_json();

}  // namespace regrow

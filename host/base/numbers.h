// Numbers as text, of which every character counts: what is left over makes it no number.
#pragma once

#include <cstdint>
#include <string>

namespace regrow {

/// False where `text` is no decimal integer; then `value` is unchanged or undefined.
bool parse_integer(const std::string& text, std::int64_t& value);
/// Finite numbers only; else false.
bool parse_real(const std::string& text, double& value);
/// True where a float, which features, event files and TensorBoard compute with, can hold it; of a
/// NaN false.
bool fits_float(double value);
/// The shortest text that reads back exactly.
std::string print_real(double value);

}  // namespace regrow

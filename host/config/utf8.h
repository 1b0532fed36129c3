// Whether a text can be stored: TOML and JSON are UTF-8, and what is not could not be read back.
#pragma once

#include <string>

namespace regrow {

/// No overlong forms, surrogates or code points beyond U+10FFFF (Unicode 15, table 3-7).
bool is_utf8(const std::string& text);

}  // namespace regrow

#pragma once

namespace regrow {
inline constexpr const char* kVersion = "0.1.0";
}  // namespace regrow

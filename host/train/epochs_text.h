// Numbers of epochs as messages say them.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace regrow {

/// "1 epoch", "9 epochs".
inline std::string epochs_text(std::int64_t epochs) {
  return fmt::format("{} epoch{}", epochs, epochs == 1 ? "" : "s");
}

}  // namespace regrow

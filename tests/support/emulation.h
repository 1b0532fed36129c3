// Whether the program under test has the emulated GPU, as the build was configured.
#pragma once

namespace regrow::tests {

#if defined(REGROW_EMULATION)
inline constexpr bool kHasEmulation = true;
#else
inline constexpr bool kHasEmulation = false;
#endif

inline constexpr const char* kNoEmulation = "built with REGROW_EMULATION=OFF";

}  // namespace regrow::tests

// Skips every test of a program where there is no GPU, and says so as ctest understands it.
#include <gtest/gtest.h>

#include <iostream>
#include <string>

#if defined(REGROW_TEST_DEVICE)
#include "regrow/devices.h"
#else
#include "common/device_info.h"
#endif

namespace regrow {
namespace {

/// Why there is no GPU, or "".
std::string why_none() {
#if defined(REGROW_TEST_DEVICE)
  const ChosenDevice chosen = choose_device();
  return chosen.name == "cuda" ? "" : chosen.reason;
#else
  std::string why;
  return cuda::devices(&why).empty() ? "no GPU: " + why : "";
#endif
}

class NeedsGpu : public testing::Environment {
 public:
  void SetUp() override {
    const std::string why = why_none();
    if (why.empty()) return;
    // Of tests that an environment skips GoogleTest says nothing by itself.
    std::cout << "[  SKIPPED ] every test: " << why << std::endl;
    GTEST_SKIP() << why;
  }
};

const auto* const kNeedsGpu = testing::AddGlobalTestEnvironment(new NeedsGpu);

}  // namespace
}  // namespace regrow

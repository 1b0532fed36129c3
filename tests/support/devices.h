// The devices that every end-to-end test runs on: those of the CPU, or REGROW_TEST_DEVICE.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

namespace regrow::tests {

#if defined(REGROW_TEST_DEVICE)
inline const std::string kTestDevice = REGROW_TEST_DEVICE;
inline const std::vector<std::string> kTestDevices = {"check:" + kTestDevice + ",reference"};
#else
inline const std::string kTestDevice = "cpu";
inline const std::vector<std::string> kTestDevices = {"reference", "cpu", "check:cpu,reference"};
#endif

/// A device as a part of a test's name.
inline std::string test_name(std::string device) {
  std::replace_if(
      device.begin(), device.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return device;
}

}  // namespace regrow::tests

// The devices that every end-to-end test runs on.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

namespace regrow::tests {

inline const std::vector<std::string> kTestDevices = {"reference", "cpu", "check:cpu,reference"};

/// A device as a part of a test's name.
inline std::string test_name(std::string device) {
  std::replace_if(
      device.begin(), device.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return device;
}

}  // namespace regrow::tests

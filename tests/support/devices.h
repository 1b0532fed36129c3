// The devices that every end-to-end test runs on.
#pragma once

#include <string>
#include <vector>

namespace regrow::tests {

inline const std::vector<std::string> kTestDevices = {"reference", "cpu"};

}  // namespace regrow::tests

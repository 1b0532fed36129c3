// A program that is built without the emulated GPU, whatever this build has: the program of this
// test brings no_emulation.cpp, which takes the emulation's place.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "regrow/backend.h"
#include "regrow/devices.h"
#include "regrow/error.h"

namespace regrow {
namespace {

const std::string kWhy =
    "no GPU: built without the emulated one (REGROW_EMULATION was OFF); -DREGROW_EMULATION=ON "
    "builds it";

std::string refusal(const std::string& device) {
  try {
    make_backend(device, {});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(NoEmulation, IsRefusedWithTheOptionThatBuildsIt) {
  for (const std::string device : {"cuda-emulated", "cuda-emulated:0"}) {
    const std::string error =
        "device '" + device + "': " + kWhy + "; mend that, or use --device cpu";
    EXPECT_EQ(refusal(device), error);
    EXPECT_EQ(refusal("check:" + device + ",reference"), error);
  }
}

TEST(NoEmulation, IsListedAsMissing) {
  const auto devices = list_devices();
  const auto emulated = std::find_if(devices.begin(), devices.end(), [](const DeviceStatus& one) {
    return one.name == "cuda-emulated";
  });
  ASSERT_NE(emulated, devices.end());
  EXPECT_FALSE(emulated->available);
  EXPECT_EQ(emulated->detail, kWhy);
}

// A run that another program trained on it can be read, and can go on elsewhere.
TEST(NoEmulation, LeavesItsNameAndTheOtherDevices) {
  EXPECT_TRUE(is_device_name("cuda-emulated"));
  for (const std::string device : {"cpu", "reference", "check:cpu,reference"}) {
    EXPECT_EQ(make_backend(device, {})->capabilities().device, device);
  }
}

}  // namespace
}  // namespace regrow

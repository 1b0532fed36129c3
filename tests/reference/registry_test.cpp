// Names of back ends.
#include <gtest/gtest.h>

#include <string>

#include "regrow/backend.h"
#include "regrow/devices.h"
#include "regrow/error.h"
#include "support/emulation.h"

namespace regrow {
namespace {

using tests::kHasEmulation;
using tests::kNoEmulation;

std::string error_for(const std::string& device, const BackendOptions& options = {}) {
  try {
    make_backend(device, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

BackendOptions bfloat16() {
  BackendOptions options;
  options.activations = ActivationStorage::kBFloat16;
  return options;
}

// No plugin lies beside the program of this test.
TEST(Registry, MakesEachBackendUnderItsName) {
  for (const std::string name : {"cpu", "reference", "check:cpu,reference"}) {
    EXPECT_EQ(make_backend(name, {})->capabilities().device, name);
  }
  EXPECT_EQ(make_backend("auto", {})->capabilities().device, "cpu");
}

TEST(Registry, MakesTheCpuInBfloat16) {
  for (const std::string name : {"cpu", "auto", "check:cpu,reference", "check:cpu,cpu"}) {
    const Capabilities capabilities = make_backend(name, bfloat16())->capabilities();
    EXPECT_EQ(capabilities.activations, ActivationStorage::kBFloat16) << name;
    EXPECT_NE(capabilities.description.find("bf16 activations"), std::string::npos) << name;
  }
  EXPECT_EQ(make_backend("cpu", {})->capabilities().activations, ActivationStorage::kFloat32);
  EXPECT_EQ(make_backend("cpu", {})->capabilities().description.find("bf16"), std::string::npos);
}

TEST(Registry, MakesTheEmulatedGpu) {
  if (!kHasEmulation) GTEST_SKIP() << kNoEmulation;
  for (const std::string name : {"cuda-emulated", "check:cuda-emulated,reference"}) {
    EXPECT_EQ(make_backend(name, {})->capabilities().device, name);
    EXPECT_EQ(make_backend(name, bfloat16())->capabilities().activations,
              ActivationStorage::kBFloat16);
  }
  EXPECT_EQ(make_backend("cuda-emulated:0", {})->capabilities().device, "cuda-emulated");
}

TEST(Registry, UnknownNameIsRefusedWithTheListAndTheNearest) {
  const std::string list =
      "there are auto, cpu, reference, cuda, cuda-cusparse, cuda-dense, cuda-emulated, and "
      "check:A,B, which compares two of them";
  EXPECT_EQ(error_for("refrence"), "unknown device 'refrence' (did you mean reference?); " + list);
  EXPECT_EQ(error_for("check:cpu,tpu"), "unknown device 'tpu' (did you mean cpu?); " + list);
  EXPECT_NE(error_for("cpu:0").find("unknown device 'cpu:0'"), std::string::npos);
}

TEST(Registry, WithoutAPluginCudaIsRefusedWithTheWayOut) {
  for (const std::string name : {"cuda", "cuda:1", "cuda-cusparse", "cuda-dense"}) {
    const std::string error = error_for(name);
    EXPECT_EQ(error.rfind("device '" + name + "': no GPU: libregrow_cuda", 0), 0U) << error;
    EXPECT_NE(error.find("or use --device cpu"), std::string::npos) << error;
  }
}

TEST(Registry, AGpuThatIsNotThereIsRefused) {
  if (!kHasEmulation) GTEST_SKIP() << kNoEmulation;
  EXPECT_EQ(error_for("cuda-emulated:1"),
            "device 'cuda-emulated:1': the last GPU here is cuda-emulated:0; `regrow devices` "
            "lists them");
}

TEST(Registry, AutoSaysWhatItTakesAndWhy) {
  const ChosenDevice chosen = choose_device();
  EXPECT_EQ(chosen.name, "cpu");
  EXPECT_EQ(chosen.reason.rfind("no GPU: libregrow_cuda.so is not in ", 0), 0U) << chosen.reason;
  EXPECT_EQ(resolve_device("auto"), "cpu");
  EXPECT_EQ(resolve_device("cuda:1"), "cuda:1");
}

TEST(Registry, ListsEveryDeviceOnceWithTheReasonWhyItIsMissing) {
  std::string names;
  for (const DeviceStatus& device : list_devices()) {
    names += device.name + (device.available ? "+ " : "- ");
    EXPECT_EQ(device.detail.rfind("no GPU: ", 0) == 0, !device.available);
    EXPECT_NE(device.description, "");
    EXPECT_TRUE(is_device_name(device.name));
  }
  EXPECT_EQ(names, "cpu+ reference+ cuda- cuda-cusparse- cuda-dense- cuda-emulated" +
                       std::string(kHasEmulation ? "+ " : "- "));
}

TEST(Registry, AKindHasNoNumbers) {
  EXPECT_EQ(device_kind("cuda:1"), "cuda");
  EXPECT_EQ(device_kind("cpu"), "cpu");
  EXPECT_EQ(device_kind("check:cuda:1,reference"), "check:cuda,reference");
}

TEST(Registry, CheckNeedsTwoAndTheMorePreciseOneSecond) {
  EXPECT_NE(error_for("check:cpu").find("check needs two"), std::string::npos);
  EXPECT_NE(error_for("check:reference,cpu").find("use check:cpu,reference"), std::string::npos);
}

TEST(Registry, Bfloat16IsRefusedByNameWhereNothingStoresIt) {
  for (const std::string name :
       {"reference", "cuda-cusparse", "cuda-dense", "check:cuda-dense,reference"}) {
    EXPECT_EQ(error_for(name, bfloat16()),
              "device '" + name +
                  "' stores activations in fp32 only; leave --activation-dtype bf16 out, or use "
                  "--device cpu or cuda");
  }
  EXPECT_EQ(error_for("cuda", bfloat16()), error_for("cuda")) << "what is missing is the GPU";
}

}  // namespace
}  // namespace regrow

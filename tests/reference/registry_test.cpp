// Names of back ends.
#include <gtest/gtest.h>

#include <string>

#include "regrow/backend.h"
#include "regrow/error.h"

namespace regrow {
namespace {

std::string error_for(const std::string& device) {
  try {
    make_backend(device, {});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Registry, MakesEachBackendUnderItsName) {
  for (const std::string name : {"cpu", "reference", "check:cpu,reference"}) {
    EXPECT_EQ(make_backend(name, {})->capabilities().device, name);
  }
  EXPECT_EQ(make_backend("auto", {})->capabilities().device, "cpu");
}

TEST(Registry, UnknownNameIsRefusedWithTheListAndTheNearest) {
  EXPECT_EQ(error_for("refrence"),
            "unknown device 'refrence' (did you mean reference?); there are auto, cpu, reference, "
            "and check:A,B, which compares two of them");
  EXPECT_EQ(error_for("check:cpu,tpu"),
            "unknown device 'tpu' (did you mean cpu?); there are auto, cpu, reference, and "
            "check:A,B, which compares two of them");
}

TEST(Registry, CudaIsRefusedWithTheWayOut) {
  EXPECT_EQ(error_for("cuda:1"),
            "device 'cuda:1': this build of regrow has no CUDA back end; use --device cpu");
}

TEST(Registry, CheckNeedsTwoAndTheMorePreciseOneSecond) {
  EXPECT_NE(error_for("check:cpu").find("check needs two"), std::string::npos);
  EXPECT_NE(error_for("check:reference,cpu").find("use check:cpu,reference"), std::string::npos);
}

}  // namespace
}  // namespace regrow

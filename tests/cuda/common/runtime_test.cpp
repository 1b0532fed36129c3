// Memory, copies, events and errors: of the emulated GPU, and, where there is one, of a real one.
#include "common/runtime.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "common/device_info.h"
#include "common/error.h"
#include "regrow/error.h"
#include "system/size_text.h"

#if defined(REGROW_CUDA_EMULATED)
#include "common/emulation/device_memory.h"
#else
#include <cuda_runtime_api.h>
#endif

namespace regrow::cuda {
namespace {

using Array = DeviceArray<std::uint32_t>;

std::vector<std::uint32_t> ascending(std::size_t count) {
  std::vector<std::uint32_t> values(count);
  std::iota(values.begin(), values.end(), 0U);
  return values;
}

class RuntimeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string why_none;
    if (devices(&why_none).empty()) GTEST_SKIP() << "no GPU: " << why_none;
    use_device(0);
  }
};

TEST_F(RuntimeTest, ArraysGoThereAndBack) {
  const Stream stream;
  const std::vector<std::uint32_t> values = ascending(1000);
  Array array(values, "a test's array", stream);
  EXPECT_EQ(array.size(), 1000U);
  EXPECT_EQ(array.download(), values);
  EXPECT_EQ(array.download(3), ascending(3));
  array.upload(std::vector<std::uint32_t>{7, 8});
  EXPECT_EQ(array.download(3), (std::vector<std::uint32_t>{7, 8, 2}));
  Array copy(1000, "a copy", stream);
  copy_bytes_on_device(copy.data(), array.data(), 1000 * sizeof(std::uint32_t), stream);
  array.zero();
  EXPECT_EQ(array.download(), std::vector<std::uint32_t>(1000));
  EXPECT_EQ(copy.download()[999], 999U);
}

TEST_F(RuntimeTest, ArraysAreAligned) {
  const Stream stream;
  for (const std::size_t size : {1, 3, 1000}) {
    Array array(size, "a test's array", stream);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(array.data()) % 256, 0U);
  }
}

TEST_F(RuntimeTest, EmptyArraysHoldNothing) {
  const Stream stream;
  Array array(0, "nothing", stream);
  EXPECT_EQ(array.data(), nullptr);
  array.zero();
  array.upload({});
  EXPECT_TRUE(array.download().empty());
  EXPECT_TRUE(Array().download().empty());
}

TEST_F(RuntimeTest, ArraysMove) {
  const Stream stream;
  Array first(ascending(5), "the first", stream);
  const std::uint32_t* const place = first.data();
  Array second(std::move(first));
  EXPECT_EQ(second.data(), place);
  Array third(7, "the third", stream);
  third = std::move(second);
  EXPECT_EQ(third.data(), place);
  EXPECT_EQ(third.download(), ascending(5));
}

TEST_F(RuntimeTest, CopiesBeyondAnArrayAreRefused) {
  const Stream stream;
  Array array(4, "a test's array", stream);
  EXPECT_THROW(array.upload(ascending(5)), BrokenInvariant);
  EXPECT_THROW(array.download(5), BrokenInvariant);
}

TEST_F(RuntimeTest, EventsMeasureTime) {
  const Stream stream;
  Event start, end;
  start.record(stream);
  for (int i = 0; i < 100; ++i) Array(ascending(1000), "some work", stream).zero();
  end.record(stream);
  EXPECT_GT(end.milliseconds_since(start), 0);
}

TEST_F(RuntimeTest, DeviceInfoIsComplete) {
  const DeviceInfo info = devices(nullptr).at(0);
  EXPECT_FALSE(info.name.empty());
  EXPECT_GT(info.total_bytes, std::size_t{1} << 28);
  EXPECT_GT(free_memory(), 0U);
  EXPECT_LE(free_memory(), info.total_bytes);
  EXPECT_NE(info.description().find(info.instruction_set()), std::string::npos);
  EXPECT_THROW(use_device(1000), Error);
}

TEST_F(RuntimeTest, OutOfMemoryNamesTheArrayAndTheRemedy) {
  const Stream stream;
  // A little more than there is: drivers answer what no address could hold with another error.
  const std::size_t too_many =
      (devices(nullptr).at(0).total_bytes + (std::size_t{1} << 30)) / sizeof(std::uint32_t);
  try {
    const Array array(too_many, "the weights of layer 2", stream);
    FAIL();
  } catch (const Error& error) {
    const std::string message = error.what();
    const std::string expected =
        "out of device memory: " + memory_text(too_many * sizeof(std::uint32_t)) +
        " for the weights of layer 2, but ";
    EXPECT_EQ(message.find(expected), 0U) << message;
    EXPECT_NE(message.find("lower --batch"), std::string::npos);
  }
  // The device is as good as before.
  EXPECT_EQ(Array(ascending(9), "a test's array", stream).download(), ascending(9));
}

#if defined(REGROW_CUDA_EMULATED)

TEST(EmulatedMemory, IsCountedAndComesBack) {
  const std::size_t before = emulation::live_bytes();
  {
    const Stream stream;
    Array array(1000, "a test's array", stream);
    EXPECT_EQ(emulation::live_bytes(), before + 4000);
    Array moved(std::move(array));
    EXPECT_EQ(emulation::live_bytes(), before + 4000);
  }
  EXPECT_EQ(emulation::live_bytes(), before);
}

TEST(EmulatedMemory, IsPoisoned) {
  const Stream stream;
  EXPECT_EQ(Array(3, "a test's array", stream).download(),
            std::vector<std::uint32_t>(3, 0xFFFFFFFFU));
}

TEST(EmulatedMemory, CanBeFull) {
  const emulation::ScopedCapacity capacity(emulation::live_bytes() + 10000);
  const Stream stream;
  Array first(2000, "the first", stream);
  EXPECT_EQ(free_memory(), 2000U);
  try {
    const Array second(501, "the second", stream);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what())
                  .find("out of device memory: 1.96 KiB for the second, but 1.95 KiB of "),
              0U)
        << error.what();
  }
  Array exactly(500, "the rest", stream);
  EXPECT_EQ(free_memory(), 0U);
}

#else

TEST(CudaDevices, NoneHasAReason) {
  std::string why_none;
  const bool has_none = devices(&why_none).empty();
  EXPECT_EQ(has_none, !why_none.empty()) << why_none;
}

#endif

TEST(CudaErrors, AreToldApart) {
  EXPECT_EQ(classify(cudaErrorMemoryAllocation), Failure::kOutOfMemory);
  for (const cudaError_t lost :
       {cudaErrorNoDevice, cudaErrorDevicesUnavailable, cudaErrorDeviceUninitialized,
        cudaErrorECCUncorrectable, cudaErrorNvlinkUncorrectable, cudaErrorExternalDevice,
        cudaErrorContextIsDestroyed, cudaErrorMpsConnectionFailed, cudaErrorMpsServerNotReady,
        cudaErrorCudartUnloading, cudaErrorUnknown}) {
    EXPECT_EQ(classify(lost), Failure::kLost) << lost;
  }
  for (const cudaError_t failed :
       {cudaErrorIllegalAddress, cudaErrorMisalignedAddress, cudaErrorInvalidAddressSpace,
        cudaErrorInvalidPc, cudaErrorIllegalInstruction, cudaErrorHardwareStackError,
        cudaErrorLaunchFailure, cudaErrorLaunchTimeout, cudaErrorAssert}) {
    EXPECT_EQ(classify(failed), Failure::kKernel) << failed;
  }
  EXPECT_EQ(classify(cudaErrorInvalidValue), Failure::kOther);
  EXPECT_NO_THROW(check(cudaSuccess, "nothing"));
  EXPECT_THROW(check(cudaErrorInvalidValue, "nonsense"), Error);
}

TEST(FailureMessage, SaysWhatIsLostAndHowToGoOn) {
  EXPECT_EQ(failure_message(Failure::kLost, "copying 12 bytes to it", "unknown error"),
            "the GPU was lost while copying 12 bytes to it (unknown error); the state on disk is "
            "whole: go on with regrow train --resume");
  EXPECT_NE(failure_message(Failure::kKernel, "waiting for its work", "an illegal address")
                .find("compute-sanitizer"),
            std::string::npos);
  EXPECT_NE(failure_message(Failure::kOutOfMemory, "making a graph of a step", "out of memory")
                .find("lower --batch"),
            std::string::npos);
  EXPECT_EQ(failure_message(Failure::kOther, "a stream", "invalid argument"),
            "the GPU refused a stream: invalid argument");
}

}  // namespace
}  // namespace regrow::cuda

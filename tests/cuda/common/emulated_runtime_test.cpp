// The emulated runtime is as strict as CUDA may be: work waits, sources are read late, graphs hold
// what was recorded, freed memory is nonsense, and what breaks a capture is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/algorithms.h"
#include "common/device_info.h"
#include "common/emulation/device_memory.h"
#include "common/emulation/hooks.h"
#include "common/graph.h"
#include "common/kernel.h"
#include "common/runtime.h"
#include "regrow/error.h"

namespace regrow::cuda {
namespace {

using emulation::kAddressSanitizer;

__global__ void add_kernel(std::uint32_t* values, std::uint32_t amount) { *values += amount; }
__global__ void faulty_kernel() { __shfl_xor_sync(0x00FF0000U, 1, 1); }
__global__ void roomy_kernel(std::uint32_t* out) {
  REGROW_DYNAMIC_SHARED(std::uint32_t, all);
  all[(64U << 10U) / 4 - 1] = 9;
  *out = all[(64U << 10U) / 4 - 1];
}

cudaStream_t handle(const Stream& stream) { return static_cast<cudaStream_t>(stream.get()); }

void add(DeviceArray<std::uint32_t>& values, std::uint32_t amount, const Stream& stream) {
  launch(add_kernel, 1, 1, 0, stream.get(), values.data(), amount);
}

DeviceArray<std::uint32_t> one_value(std::uint32_t value, const Stream& stream) {
  return {std::vector<std::uint32_t>{value}, "a value", stream};
}

std::string error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(EmulatedStream, WorkRunsWhenSomebodyWaits) {
  const Stream stream;
  auto value = one_value(1, stream);
  const std::uint32_t* const device = value.data();
  add(value, 5, stream);
  EXPECT_EQ(*device, 1U);
  stream.synchronize();
  EXPECT_EQ(*device, 6U);
  value.zero();
  sort(nullptr, 0, stream);
  EXPECT_EQ(*device, 6U);
  EXPECT_EQ(value.download().front(), 0U);
}

TEST(EmulatedStream, AlgorithmsWaitLikeKernels) {
  const Stream stream;
  DeviceArray<std::uint64_t> keys(std::vector<std::uint64_t>{3, 1, 2}, "keys", stream);
  sort(keys.data(), 3, stream);
  EXPECT_EQ(keys.data()[0], 3U);
  EXPECT_EQ(keys.download(), (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST(EmulatedStream, SourcesInHostMemoryAreReadLate) {
  const Stream stream;
  auto value = one_value(1, stream);
  std::uint32_t source = 2;
  ASSERT_EQ(cudaMemcpyAsync(value.data(), &source, 4, cudaMemcpyHostToDevice, handle(stream)),
            cudaSuccess);
  source = 3;
  EXPECT_EQ(value.download().front(), 3U);
  // The program's own upload waits, so that its source is free at once.
  std::vector<std::uint32_t> own = {4};
  value.upload(own);
  own.front() = 5;
  EXPECT_EQ(value.download().front(), 4U);
}

TEST(EmulatedStream, ArgumentsAreThoseOfTheLaunch) {
  const Stream stream;
  auto value = one_value(0, stream);
  std::uint32_t amount = 1;
  add(value, amount, stream);
  amount = 100;
  EXPECT_EQ(value.download().front(), 1U);
}

TEST(EmulatedStream, AFaultIsThrownWhereSomebodyWaits) {
  const Stream stream;
  auto value = one_value(0, stream);
  launch(faulty_kernel, 1, 32, 0, stream.get());
  add(value, 1, stream);
  try {
    stream.synchronize();
    FAIL();
  } catch (const emulation::KernelFault& fault) {
    EXPECT_NE(std::string(fault.what()).find("faulty_kernel"), std::string::npos) << fault.what();
  }
  EXPECT_EQ(value.download().front(), 0U) << "what came after it is dropped";
}

// A plain free waits for the device, but tells nobody what it met.
TEST(EmulatedStream, AFaultThatAFreeMetIsThrownByTheNextWait) {
  const emulation::ScopedDevices without({.count = 1, .have_pools = false});
  const Stream stream, other;
  launch(faulty_kernel, 1, 32, 0, stream.get());
  one_value(0, other);
  EXPECT_THROW(stream.synchronize(), emulation::KernelFault);
  EXPECT_NO_THROW(stream.synchronize());
}

// What runs kernels outlives every static object.
TEST(EmulatedStreamDeathTest, MayEndWithTheProgram) {
  const auto end = [] {
    static const Stream stream;
    static auto value = one_value(0, stream);
    add(value, 1, stream);
    stream.synchronize();
    add(value, 1, stream);  // runs as the stream goes
    std::exit(7);
  };
  EXPECT_EXIT(end(), ::testing::ExitedWithCode(7), "");
}

TEST(EmulatedLaunch, TakesNoStreamButAGoodOneOfTheCurrentDevice) {
  const emulation::ScopedDevices two({.count = 2});
  const Stream stream;
  auto value = one_value(0, stream);
  EXPECT_NE(error_of([&] {
              launch(add_kernel, 1, 1, 0, nullptr, value.data(), 1U);
            }).find("the GPU refused launching"),
            std::string::npos);
  std::thread([&] {  // whose current device is 0 again
    add(value, 1, stream);
    use_device(1);
    EXPECT_NE(error_of([&] { add(value, 10, stream); }).find("invalid resource handle"),
              std::string::npos);
    const Stream other;
    auto there = one_value(0, other);
    CapturedGraph graph;
    graph.capture(other, [&] { add(there, 1, other); });
    use_device(0);
    EXPECT_NE(error_of([&] { graph.launch(other); }).find("invalid resource handle"),
              std::string::npos);
    EXPECT_NE(error_of([&] { there.zero(); }).find("invalid resource handle"), std::string::npos);
    use_device(1);
    EXPECT_EQ(there.download().front(), 0U);
  })
      .join();
  EXPECT_EQ(value.download().front(), 1U);
}

TEST(EmulatedLaunch, WrongDimensionsAndUnannouncedSharedMemoryAreRefused) {
  const Stream stream;
  auto value = one_value(0, stream);
  EXPECT_NE(error_of([&] {
              launch(add_kernel, 1, 1025, 0, stream.get(), value.data(), 1U);
            }).find("invalid configuration"),
            std::string::npos);
  emulation::enqueue_kernel(roomy_kernel, 1, 1, 64U << 10U, stream.get(), value.data());
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidValue);
  launch(roomy_kernel, 1, 1, 64U << 10U, stream.get(), value.data());
  EXPECT_EQ(value.download().front(), 9U);
  emulation::enqueue_kernel(roomy_kernel, 1, 1, 65U << 10U, stream.get(), value.data());
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidValue) << "more than was announced";
}

TEST(EmulatedGraph, HoldsWhatWasRecordedAndRunsNothingMeanwhile) {
  const Stream stream;
  auto value = one_value(1, stream);
  std::uint32_t amount = 2;
  int recordings = 0;
  CapturedGraph graph;
  graph.capture(stream, [&] {
    ++recordings;
    add(value, amount, stream);
    add(value, 10, stream);
  });
  amount = 100;
  EXPECT_EQ(value.download().front(), 1U);
  graph.launch(stream);
  graph.launch(stream);
  graph.reset();  // work that waits keeps what it needs
  EXPECT_EQ(value.download().front(), 25U);
  EXPECT_EQ(recordings, 1);
}

TEST(EmulatedGraph, WhatACaptureCannotHoldBreaksIt) {
  const Stream stream;
  auto value = one_value(1, stream);
  Event event;
  event.record(stream);
  const std::vector<std::function<void()>> forbidden = {
      [&] { DeviceArray<std::uint32_t>(4, "more", stream); },
      [&] { auto gone = std::move(value); },
      [&] { stream.synchronize(); },
      [&] { value.upload(std::vector<std::uint32_t>{7}); },
      [&] { value.download(); },
      [&] { event.record(stream); },
      [&] { event.synchronize(); },
      [&] { CapturedGraph().capture(stream, [] {}); },
  };
  for (std::size_t i = 0; i < forbidden.size(); ++i) {
    if (value.data() == nullptr) value = one_value(1, stream);
    CapturedGraph graph;
    // Also where nobody looks at the answer of the call itself.
    const std::string message = error_of([&] {
      graph.capture(stream, [&] {
        add(value, 1, stream);
        error_of(forbidden[i]);
      });
    });
    EXPECT_NE(message.find("the GPU refused capturing launches: operation failed due to a previous "
                           "error during capture"),
              std::string::npos)
        << i << ": " << message;
    EXPECT_FALSE(graph.captured());
    // The stream is as good as before.
    auto another = one_value(1, stream);
    add(another, 1, stream);
    EXPECT_EQ(another.download().front(), 2U);
  }
}

TEST(EmulatedGraph, ACaptureThatThrowsLeavesNothingToTheNextLaunch) {
  const Stream stream;
  auto value = one_value(1, stream);
  CapturedGraph graph;
  EXPECT_NE(error_of([&] {
              graph.capture(stream, [&] { stream.synchronize(); });
            }).find("the GPU refused waiting for its work: operation not permitted"),
            std::string::npos);
  EXPECT_FALSE(graph.captured());
  EXPECT_EQ(error_of([&] { add(value, 1, stream); }), "");
  EXPECT_EQ(value.download().front(), 2U);
}

TEST(EmulatedDeviceMemory, IsNonsenseOnceItsStreamHasFreedIt) {
  if (kAddressSanitizer) GTEST_SKIP() << "which reports the use itself";
  const Stream stream;
  std::optional<DeviceArray<std::uint32_t>> value = one_value(1, stream);
  const std::uint32_t* const device = value->data();
  value.reset();
  EXPECT_EQ(*device, 1U) << "work before may still use it";
  stream.synchronize();
  EXPECT_EQ(*device, 0xFFFFFFFFU);
}

TEST(EmulatedDeviceMemory, CopiesBeyondItAreRefused) {
  const Stream stream;
  DeviceArray<std::uint32_t> small(2, "small", stream), large(3, "large", stream);
  EXPECT_NE(error_of([&] { copy_bytes_on_device(small.data(), large.data(), 12, stream); }), "");
  EXPECT_NE(error_of([&] { copy_bytes_on_device(large.data(), small.data(), 12, stream); }), "");
  EXPECT_NE(error_of([&] { zero_bytes(small.data() + 1, 8, stream); }), "");
  EXPECT_EQ(error_of([&] { zero_bytes(small.data() + 1, 4, stream); }), "");
}

TEST(EmulatedDeviceMemory, WhatThePoolKeepsInPiecesMakesRoomForALargeArray) {
  const Stream stream;
  const emulation::ScopedCapacity capacity(emulation::live_bytes() + 10000);
  std::vector<std::string> calls;
  const emulation::ScopedCallHook hook([&](const char* call) {
    calls.emplace_back(call);
    return cudaSuccess;
  });
  {
    const DeviceArray<std::uint32_t> first(1000, "the first", stream);
    const DeviceArray<std::uint32_t> second(1000, "the second", stream);
  }
  EXPECT_EQ(free_memory(), 10000U) << "what the pool keeps, too";
  const DeviceArray<std::uint32_t> large(2000, "a large one", stream);
  EXPECT_EQ(std::count(calls.begin(), calls.end(), "cudaMemPoolTrimTo"), 1);
  EXPECT_EQ(free_memory(), 2000U);
}

TEST(EmulatedDeviceMemory, WithoutPoolsItIsPlain) {
  const emulation::ScopedDevices without({.count = 1, .have_pools = false});
  const std::size_t before = emulation::live_bytes();
  {
    const Stream stream;
    auto value = one_value(1, stream);
    add(value, 1, stream);
    { const DeviceArray<std::uint32_t> other(10, "another", stream); }  // its end waits
    EXPECT_EQ(*value.data(), 2U);
    EXPECT_EQ(emulation::live_bytes(), before + 4);
  }
  EXPECT_EQ(emulation::live_bytes(), before);
}

TEST(EmulatedDeviceMemory, APoolTakesBackOnlyItsOwn) {
  const Stream stream;
  void* plain = nullptr;
  ASSERT_EQ(cudaMalloc(&plain, 4), cudaSuccess);
  EXPECT_EQ(cudaFreeAsync(plain, handle(stream)), cudaErrorInvalidValue);
  EXPECT_EQ(cudaGetLastError(), cudaErrorInvalidValue);
  EXPECT_EQ(cudaFree(plain), cudaSuccess);
}

// A pool gives what it keeps back at every wait, unless it is told to keep it.
TEST(EmulatedDeviceMemory, APoolKeepsWhatIsFreedOverWaits) {
  const Stream stream;
  one_value(1, stream);
  stream.synchronize();
  const emulation::PoolUse kept = emulation::pool_use(0);
  EXPECT_GE(kept.reserved, kept.used + 4);
}

TEST(EmulatedDeviceMemory, AFreeThatFailsIsNotBlamedOnTheNextLaunch) {
  const Stream stream;
  auto value = one_value(1, stream);
  {
    const emulation::ScopedCallHook hook([](const char* call) {
      return std::string(call) == "cudaFreeAsync" ? cudaErrorDevicesUnavailable : cudaSuccess;
    });
    one_value(1, stream);
  }
  EXPECT_EQ(error_of([&] { add(value, 1, stream); }), "");
}

TEST(EmulatedDeviceMemory, APoolThatSaysNothingCountsForNothing) {
  const Stream stream;
  auto value = one_value(1, stream);
  {
    const emulation::ScopedCallHook hook([](const char* call) {
      return std::string(call) == "cudaMemPoolGetAttribute" ? cudaErrorInvalidValue : cudaSuccess;
    });
    EXPECT_GT(free_memory(), 0U);
  }
  EXPECT_EQ(error_of([&] { add(value, 1, stream); }), "") << "blamed on the launch";
}

TEST(EmulatedDevices, NoneHasAReason) {
  const emulation::ScopedDevices none({.count = 0});
  std::string why;
  EXPECT_TRUE(devices(&why).empty());
  EXPECT_EQ(why, "no CUDA device");
}

TEST(EmulatedDevices, EveryCallMayFail) {
  const emulation::ScopedCallHook hook([](const char* call) {
    return std::string(call) == "cudaMallocAsync" ? cudaErrorDevicesUnavailable : cudaSuccess;
  });
  const Stream stream;
  const std::string message = error_of([&] { one_value(1, stream); });
  EXPECT_EQ(message.find("the GPU was lost while allocating 4 bytes for a value"), 0U) << message;
}

}  // namespace
}  // namespace regrow::cuda

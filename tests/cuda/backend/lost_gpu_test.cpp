// A GPU that is lost at any call of the runtime: the run ends with one line that says so, the state
// on disk is whole, and the run goes on to the bytes of one that was left alone.
#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>

#include "common/emulation/hooks.h"
#include "common/emulation/sanitizers.h"
#include "regrow/error.h"
#include "support/devices.h"
#include "support/evolutions.h"
#include "support/temp_dir.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

using emulation::ScopedCallHook;
using emulation::api::cudaErrorDevicesUnavailable;
using emulation::api::cudaErrorMemoryAllocation;
using emulation::api::cudaSuccess;

Config config() {
  Config config = small_config(kTestDevice, Method::kSet);
  // As small as may be: a warp's 32 threads cost the emulation the same for any batch, and a layer
  // of few neurons has 16 warps for each.
  config.synthetic_features = 4;
  config.synthetic_train = 16;
  config.synthetic_test = 8;
  config.validation.held_out = 8;
  config.batch = 8;  // a step an epoch: the first on its own, the second captured
  config.hidden = {5};
  config.epsilon = 2;
  config.epochs = 2;
  config.grow = rule_of("one_neighbour");
  config.topology = false;
  config.tensorboard = false;
  return config;
}

/// The message of the Error that a new run ends with, or nothing where it finishes.
std::optional<std::string> failure_of_run(const std::filesystem::path& path) {
  try {
    start_run(config(), path).run();
  } catch (const Error& error) {
    return error.what();
  }
  return std::nullopt;
}

TEST(LostGpu, AtAnyCallLeavesTheStateWhole) {
  const TempDir dir;
  int calls = 0;
  {
    const ScopedCallHook hook([&](const char*) {
      ++calls;
      return cudaSuccess;
    });
    ASSERT_FALSE(failure_of_run(dir.path() / "whole"));
  }
  const RunBytes whole = bytes_of(dir.path() / "whole");
  ASSERT_GT(calls, 200);
  int resumed = 0;
  std::set<std::string> messages;
  // Sanitized builds are slow, and one call in seven shows them every way out.
  const int stride = emulation::kAddressSanitizer ? 7 : 1;
  for (int lost_at = 1; lost_at <= calls; lost_at += stride) {
    const auto path = dir.path() / "lost";
    std::optional<std::string> message;
    {
      const ScopedCallHook hook([count = 0, lost_at](const char*) mutable {
        return ++count >= lost_at ? cudaErrorDevicesUnavailable : cudaSuccess;
      });
      message = failure_of_run(path);
    }
    // The calls after the last epoch's checkpoint free what a lost GPU has freed already.
    if (message) {
      messages.insert(*message);
      EXPECT_EQ(message->find('\n'), std::string::npos) << *message;
      const bool was_found = message->find("the GPU was lost while ") == 0;
      EXPECT_TRUE(was_found || message->find("the driver does not answer") != std::string::npos)
          << *message;
    }
    if (std::filesystem::exists(path)) {
      // Before the first checkpoint there is nothing to go on with.
      if (std::filesystem::exists(path / "last.safetensors")) {
        if (message) {
          resume_run(path).run();
          ++resumed;
        }
        ASSERT_EQ(bytes_of(path), whole)
            << "lost at call " << lost_at << ": " << message.value_or("");
      }
      std::filesystem::remove_all(path);
    }
  }
  EXPECT_GT(resumed, calls / stride / 2);
  EXPECT_GT(messages.size(), 10U);
}

// What the pool keeps in pieces may be in the way: it is given back, and the allocation made.
TEST(LostGpu, OneFailedAllocationIsTriedAgain) {
  const TempDir dir;
  const std::set<std::string> allocations = {"cudaMallocAsync", "cudaMalloc"};
  int calls = 0;
  {
    const ScopedCallHook hook([&](const char* call) {
      if (allocations.contains(call)) ++calls;
      return cudaSuccess;
    });
    ASSERT_FALSE(failure_of_run(dir.path() / "whole"));
  }
  const RunBytes whole = bytes_of(dir.path() / "whole");
  for (int failing = 1; failing <= calls; failing += 3) {
    const auto path = dir.path() / std::to_string(failing);
    const ScopedCallHook hook([&, count = 0](const char* call) mutable {
      return allocations.contains(call) && ++count == failing ? cudaErrorMemoryAllocation
                                                              : cudaSuccess;
    });
    // The pool is trimmed and asked once more.
    EXPECT_FALSE(failure_of_run(path)) << failing;
    EXPECT_EQ(bytes_of(path), whole) << failing;
    std::filesystem::remove_all(path);
  }
}

}  // namespace
}  // namespace regrow::tests

// Times calls of a primitive, in rounds.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "backend_interface/primitive_timing.h"

namespace regrow::cpu {

class CallTimer {
 public:
  explicit CallTimer(const PrimitiveOptions& options) : options_(options) {}

  /// Seconds of one call of `body`, by round. `before_call`, where there is one, is not timed, so
  /// that each call is timed by itself.
  std::vector<double> time(const std::function<void()>& body,
                           const std::function<void()>& before_call = {}) const {
    const auto seconds_of = [&](std::uint32_t calls) {
      Clock::duration sum{};
      if (!before_call) {
        const Clock::time_point start = Clock::now();
        for (std::uint32_t i = 0; i < calls; ++i) body();
        return as_seconds(Clock::now() - start);
      }
      for (std::uint32_t i = 0; i < calls; ++i) {
        before_call();
        const Clock::time_point start = Clock::now();
        body();
        sum += Clock::now() - start;
      }
      return as_seconds(sum);
    };
    std::uint32_t calls = options_.launches;
    seconds_of(1);
    if (calls == 0) {
      constexpr double kRoundSeconds = 0.02, kMostCalls = 10'000;
      calls = static_cast<std::uint32_t>(
          std::clamp(kRoundSeconds / std::max(seconds_of(1), 1e-9), 1.0, kMostCalls));
    }
    std::vector<double> seconds;
    for (std::uint32_t round = 0; round < options_.rounds; ++round) {
      seconds.push_back(seconds_of(calls) / calls);
    }
    return seconds;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static double as_seconds(Clock::duration time) {
    return std::chrono::duration<double>(time).count();
  }

  PrimitiveOptions options_;
};

}  // namespace regrow::cpu

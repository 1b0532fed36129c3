// Times launches by events on the stream: many launches between two events, after a warm-up.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "bench/primitive_timing.h"
#include "common/runtime.h"

namespace regrow::cuda {

class LaunchTimer {
 public:
  LaunchTimer(const PrimitiveOptions& options, const Stream& stream)
      : options_(options), stream_(stream) {}

  /// Seconds of one call of `body`, by round. `before_round` is called, untimed, before the warm-up
  /// and before each round of at most most_launches() calls.
  template <typename Body, typename Before>
  std::vector<double> time(const Body& body, const Before& before_round) const {
    before_round();
    for (int i = 0; i < kWarmUp; ++i) body();
    std::uint32_t launches = options_.launches;
    if (launches == 0) {
      before_round();
      const double once = seconds_of(kTrial, body) / kTrial;
      launches = static_cast<std::uint32_t>(
          std::clamp(kRoundSeconds / std::max(once, 1e-9), 1.0, double{kMostLaunches}));
    }
    std::vector<double> seconds;
    for (std::uint32_t round = 0; round < options_.rounds; ++round) {
      before_round();
      seconds.push_back(seconds_of(launches, body) / launches);
    }
    return seconds;
  }
  template <typename Body>
  std::vector<double> time(const Body& body) const {
    return time(body, [] {});
  }

  std::uint32_t most_launches() const { return std::max({options_.launches, kMostLaunches}); }

 private:
  static constexpr int kWarmUp = 3;
  static constexpr std::uint32_t kTrial = 8;
  static constexpr std::uint32_t kMostLaunches = 1000;
  static constexpr double kRoundSeconds = 2e-3;

  template <typename Body>
  double seconds_of(std::uint32_t launches, const Body& body) const {
    Event start, end;
    start.record(stream_);
    for (std::uint32_t i = 0; i < launches; ++i) body();
    end.record(stream_);
    return end.milliseconds_since(start) * 1e-3;
  }

  const PrimitiveOptions& options_;
  const Stream& stream_;
};

}  // namespace regrow::cuda

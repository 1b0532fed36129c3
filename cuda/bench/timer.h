// Times calls by events on the stream: many calls between two events, after a warm-up.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "backend_interface/primitive_timing.h"
#include "common/graph.h"
#include "common/runtime.h"

namespace regrow::cuda {

class CallTimer {
 public:
  CallTimer(const PrimitiveOptions& options, const Stream& stream)
      : options_(options), stream_(stream) {}

  /// Seconds of one call of `body`, by round, of calls that were captured as one graph: the host
  /// launches it once a round, so that kernels that take less time than a launch show their own.
  /// `body` neither allocates nor waits. `before_round` is called, untimed, before at most
  /// most_calls() calls.
  std::vector<double> time_captured(
      const std::function<void()>& body, const std::function<void()>& before_round = [] {}) const {
    before_round();
    body();  // loads its kernels, which a capture must not
    const auto graph_of = [&](std::uint32_t calls) {
      CapturedGraph graph;
      graph.capture(stream_, [&body, calls] {
        for (std::uint32_t i = 0; i < calls; ++i) body();
      });
      return graph;
    };
    const auto seconds_of_graph = [&](const CapturedGraph& graph) {
      before_round();
      return seconds_of([&] { graph.launch(stream_); });
    };
    std::uint32_t calls = options_.launches;
    if (calls == 0) {
      const CapturedGraph trial = graph_of(kTrial);
      seconds_of_graph(trial);
      calls = calls_of_a_round(seconds_of_graph(trial) / kTrial);
    }
    const CapturedGraph graph = graph_of(calls);
    seconds_of_graph(graph);
    std::vector<double> seconds;
    for (std::uint32_t round = 0; round < options_.rounds; ++round) {
      seconds.push_back(seconds_of_graph(graph) / calls);
    }
    return seconds;
  }

  /// The same of a `body` that allocates or waits, which no graph can hold: called again and again.
  /// The times hold the host's.
  std::vector<double> time_called(const std::function<void()>& body) const {
    const auto seconds_of_calls = [&](std::uint32_t calls) {
      return seconds_of([&] {
        for (std::uint32_t i = 0; i < calls; ++i) body();
      });
    };
    seconds_of_calls(kWarmUp);
    std::uint32_t calls = options_.launches;
    if (calls == 0) calls = calls_of_a_round(seconds_of_calls(kTrial) / kTrial);
    std::vector<double> seconds;
    for (std::uint32_t round = 0; round < options_.rounds; ++round) {
      seconds.push_back(seconds_of_calls(calls) / calls);
    }
    return seconds;
  }

  std::uint32_t most_calls() const { return std::max({options_.launches, kMostCalls, kTrial}); }

 private:
  static constexpr std::uint32_t kWarmUp = 3;
  static constexpr std::uint32_t kTrial = 8;
  static constexpr std::uint32_t kMostCalls = 1000;
  static constexpr double kRoundSeconds = 2e-3;

  static std::uint32_t calls_of_a_round(double seconds_of_one) {
    return static_cast<std::uint32_t>(
        std::clamp(kRoundSeconds / std::max(seconds_of_one, 1e-9), 1.0, double{kMostCalls}));
  }

  template <typename Work>
  double seconds_of(const Work& work) const {
    Event start, end;
    start.record(stream_);
    work();
    end.record(stream_);
    return end.milliseconds_since(start) * 1e-3;
  }

  const PrimitiveOptions& options_;
  const Stream& stream_;
};

}  // namespace regrow::cuda

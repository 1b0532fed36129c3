// A run as a thread of this program: on a GPU it shares the context with the others, so that their
// kernels overlap.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <thread>

#include "sweep/job.h"

namespace regrow {

class TrainingThread : public Job {
 public:
  /// Trains, says how it goes on `out` and `err`, and returns how it ended, as poll() tells it. May
  /// not throw. `stop_signal`: the signal it shall act on, or 0.
  using Training = std::function<int(std::ostream& out, std::ostream& err,
                                     const std::function<int()>& stop_signal)>;

  /// Starts `training`, with its streams at the end of `log`. Throws Error where that cannot be.
  TrainingThread(Training training, const std::filesystem::path& log);
  /// Waits until it has stopped: a thread cannot be killed.
  ~TrainingThread() override;

  std::optional<int> poll() override;
  void stop() override;

 private:
  static constexpr int kRunning = -1;

  std::atomic<int> signal_ = 0;
  std::atomic<int> exit_code_ = kRunning;
  std::thread thread_;
};

}  // namespace regrow

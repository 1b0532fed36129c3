// A run at work, wherever it computes.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"

namespace regrow {

class Job {
 public:
  Job() = default;
  virtual ~Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  /// How it ended, once, as a shell says it (128 + signal); nothing while it runs. EX_TEMPFAIL:
  /// another process or thread trains the run.
  virtual std::optional<int> poll() = 0;
  /// Asks it to write its state and stop.
  virtual void stop() = 0;
};

/// What a job has to train: what `regrow train` is given.
struct TrainingTask {
  std::string resume;            // its folder, or "" for a new run
  bool migrate = false;          // as --migrate
  std::string from;              // the state to go on from, as --from; "": the last
  std::vector<GivenFlag> flags;  // every setting, so that no default matters
};

/// Starts a task; what it says is appended to `log`. Throws Error where it cannot be started.
using StartJob =
    std::function<std::unique_ptr<Job>(const TrainingTask& task, const std::filesystem::path& log)>;

}  // namespace regrow

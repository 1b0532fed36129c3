// A run of its own process: this program, called to train one network.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sweep/job.h"

namespace regrow {

/// What the program is called with to do a task.
std::vector<std::string> train_arguments(const TrainingTask& task);

class ChildProcess : public Job {
 public:
  /// Starts this program with `arguments`; what it prints is appended to `log`. The child is asked
  /// to stop (SIGTERM) if this process ends first. Throws Error where it cannot be started.
  ChildProcess(const std::vector<std::string>& arguments, const std::filesystem::path& log);
  /// Kills the process if it still runs.
  ~ChildProcess() override;

  std::optional<int> poll() override;
  void stop() override;

 private:
  pid_t process_ = -1;  // -1 once it has ended
};

}  // namespace regrow

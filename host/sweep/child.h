// A run of its own: this program as a child process that trains one network.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace regrow {

class Child {
 public:
  /// Starts this program with `arguments`; what it prints is appended to `log`. The child is asked
  /// to stop (SIGTERM) if this process ends first. Throws Error where it cannot be started.
  Child(const std::vector<std::string>& arguments, const std::filesystem::path& log);
  /// Kills the process if it still runs.
  ~Child();
  Child(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(Child&&) = delete;

  /// How it ended, as a shell says it (128 + signal), or nothing while it runs.
  std::optional<int> poll();
  /// Asks it to write its state and stop.
  void stop() const;

 private:
  pid_t process_ = -1;  // -1 once it has ended
};

}  // namespace regrow

// Runs a program as a person would: arguments, a folder, perhaps a signal or a full disk; and tells
// what it printed and how it ended.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace regrow::tests {

struct CommandOptions {
  std::filesystem::path folder{};                 // to run in; empty: this one
  std::optional<std::size_t> file_limit_bytes{};  // no file may grow beyond, as on a full disk
  std::string stdout_file{};                      // instead of being captured
  int signal = 0;                                 // sent once …
  std::string signal_after{};                     // … this was printed on stdout …
  std::function<bool()> signal_when{};            // … and this, if given, says so
};

struct CommandResult {
  int exit_code = -1;  // −1 where a signal ended it
  std::string out;
  std::string err;
};

namespace detail {

constexpr int kAskAgainMs = 2;

[[noreturn]] inline void become(std::vector<std::string> arguments, const CommandOptions& options,
                                int out, int err) {
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  if (!options.stdout_file.empty()) out = open(options.stdout_file.c_str(), O_WRONLY);
  bool ready = dup2(out, STDOUT_FILENO) >= 0 && dup2(err, STDERR_FILENO) >= 0;
  if (!options.folder.empty()) ready = ready && chdir(options.folder.c_str()) == 0;
  if (options.file_limit_bytes) {
    const rlimit limit{*options.file_limit_bytes, *options.file_limit_bytes};
    ready = ready && setrlimit(RLIMIT_FSIZE, &limit) == 0;
  }
  if (ready) execv(argv[0], argv.data());
  _exit(127);
}

}  // namespace detail

inline CommandResult run_command(const std::vector<std::string>& arguments,
                                 const CommandOptions& options = {}) {
  std::array<int, 2> out{}, err{};
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe for a command");
  }
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process for a command");
  if (child == 0) detail::become(arguments, options, out[1], err[1]);
  close(out[1]);
  close(err[1]);

  CommandResult result;
  bool signalled = options.signal == 0;
  std::array<pollfd, 2> streams{pollfd{out[0], POLLIN, 0}, pollfd{err[0], POLLIN, 0}};
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    poll(streams.data(), streams.size(),
         !signalled && options.signal_when ? detail::kAskAgainMs : -1);
    for (std::size_t i = 0; i < streams.size(); ++i) {
      if (streams[i].fd < 0 || streams[i].revents == 0) continue;
      std::array<char, 4096> buffer{};
      const ssize_t count = read(streams[i].fd, buffer.data(), buffer.size());
      if (count <= 0) {
        close(streams[i].fd);
        streams[i].fd = -1;
      } else {
        (i == 0 ? result.out : result.err).append(buffer.data(), static_cast<std::size_t>(count));
      }
    }
    if (!signalled && result.out.find(options.signal_after) != std::string::npos &&
        (!options.signal_when || options.signal_when())) {
      kill(child, options.signal);
      signalled = true;
    }
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  return result;
}

}  // namespace regrow::tests

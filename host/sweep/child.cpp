// Child processes: one run each, so that none can take another down.
#include "sweep/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "regrow/error.h"

namespace regrow {
namespace {

constexpr int kNotStarted = 127;

/// Between fork and exec: only calls that are safe there.
[[noreturn]] void become(char* const* arguments, int log, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(kNotStarted);  // it ended before prctl()
  // A group of its own: Ctrl-C reaches the parent alone, which then asks every child once.
  setpgid(0, 0);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv("/proc/self/exe", arguments);
  _exit(kNotStarted);
}

}  // namespace

Child::Child(const std::vector<std::string>& arguments, const std::filesystem::path& log) {
  std::vector<std::string> words = {"regrow"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  const int file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0) {
    throw Error(fmt::format("{}: cannot be written: {}; check the folder or give another --out",
                            log.string(), std::generic_category().message(errno)));
  }
  const pid_t parent = getpid();
  process_ = fork();
  if (process_ == 0) become(argv.data(), file, parent);
  const int failure = errno;
  ::close(file);
  if (process_ < 0) {
    throw Error(fmt::format("no process for a run: {}; lower --jobs",
                            std::generic_category().message(failure)));
  }
}

Child::~Child() {
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

Child::Child(Child&& other) noexcept : process_(std::exchange(other.process_, -1)) {}

std::optional<int> Child::poll() {
  int status = 0;
  if (process_ < 0 || waitpid(process_, &status, WNOHANG) != process_) return std::nullopt;
  process_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Child::stop() const {
  if (process_ > 0) kill(process_, SIGTERM);
}

}  // namespace regrow

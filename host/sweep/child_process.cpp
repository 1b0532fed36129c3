// Child processes: one run each, so that none can take another down.
#include "sweep/child_process.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

#include "io/system_calls.h"
#include "regrow/error.h"
#include "sweep/run_log.h"

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

std::vector<std::string> train_arguments(const TrainingTask& task) {
  std::vector<std::string> arguments = {"train"};
  if (!task.resume.empty()) arguments.insert(arguments.end(), {"--resume", task.resume});
  if (task.migrate) arguments.emplace_back("--migrate");
  if (!task.from.empty()) arguments.insert(arguments.end(), {"--from", task.from});
  for (const GivenFlag& given : task.flags) {
    arguments.push_back(fmt::format("{}={}", given.setting->flag(), given.value));
  }
  return arguments;
}

ChildProcess::ChildProcess(const std::vector<std::string>& arguments,
                           const std::filesystem::path& log) {
  std::vector<std::string> words = {"regrow"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  const Descriptor file = open_log(log);
  const pid_t parent = getpid();
  process_ = fork();
  if (process_ == 0) become(argv.data(), file.number(), parent);
  const int failure = errno;
  if (process_ < 0) {
    throw Error(fmt::format("no process for a run: {}; lower --jobs",
                            std::generic_category().message(failure)));
  }
}

ChildProcess::~ChildProcess() {
  if (process_ < 0) return;
  kill(process_, SIGKILL);
  uninterrupted([&] { return waitpid(process_, nullptr, 0); });
}

std::optional<int> ChildProcess::poll() {
  int status = 0;
  if (process_ < 0 || waitpid(process_, &status, WNOHANG) != process_) return std::nullopt;
  process_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void ChildProcess::stop() {
  if (process_ > 0) kill(process_, SIGTERM);
}

}  // namespace regrow

// The lock of a run's folder: who holds it, and what changes in the folder before it is held.
#include "io/folder_lock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>
#include <memory>
#include <utility>

#include "io/io_test_support.h"
#include "regrow/error.h"
#include "regrow/run_folder.h"
#include "support/temp_dir.h"

namespace {

/// What another program does in the moment before a lock is taken.
std::function<void()> before_flock;
/// Of the next calls of flock(), in place of locking.
int flock_error = 0;
int flock_errors = 1;

}  // namespace

extern "C" int flock(int file, int operation) noexcept {
  if (before_flock) std::exchange(before_flock, nullptr)();
  if (flock_error != 0) {
    errno = flock_error;
    if (--flock_errors == 0) {
      flock_error = 0;
      flock_errors = 1;
    }
    return -1;
  }
  return static_cast<int>(syscall(SYS_flock, file, operation));
}

namespace regrow {
namespace {

namespace fs = std::filesystem;

/// A program that lives until it is destroyed, and has what programs inherit.
class OtherProgram {
 public:
  OtherProgram() {
    EXPECT_EQ(pipe2(input_.data(), O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(output_.data(), O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input_[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output_[1], STDOUT_FILENO);
    std::string name = "cat";
    std::array<char*, 2> argv = {name.data(), nullptr};
    EXPECT_EQ(posix_spawn(&process_, "/bin/cat", &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    // Once it answers it has begun: what it does not inherit is closed after posix_spawn() returns.
    char byte = 'x';
    EXPECT_EQ(write(input_[1], &byte, 1), 1);
    EXPECT_EQ(read(output_[0], &byte, 1), 1);
  }
  ~OtherProgram() {
    close(input_[0]);
    close(input_[1]);  // which is all that it waits for
    waitpid(process_, nullptr, 0);
    close(output_[0]);
    close(output_[1]);
  }
  OtherProgram(const OtherProgram&) = delete;
  OtherProgram& operator=(const OtherProgram&) = delete;

 private:
  std::array<int, 2> input_{};
  std::array<int, 2> output_{};
  pid_t process_ = -1;
};

TEST(FolderLock, IsNotInheritedByAProgramThatOutlivesItsHolder) {
  const TempDir dir;
  auto lock = std::make_unique<FolderLock>(dir.path());
  const OtherProgram outlives;
  lock.reset();
  EXPECT_NO_THROW(FolderLock(dir.path()));
}

TEST(FolderLock, HoldsThoughItsFileIsRemoved) {
  const TempDir dir;
  const FolderLock held(dir.path());
  std::filesystem::remove(dir.path() / FolderLock::kFileName);
  EXPECT_THROW(FolderLock(dir.path()), LockedError);
}

TEST(FolderLock, IsTriedAgainWhereASignalInterrupts) {
  const TempDir dir;
  flock_error = EINTR;
  flock_errors = 2;  // there are two locks
  const FolderLock lock(dir.path());
  EXPECT_THROW(FolderLock(dir.path()), LockedError);
}

TEST(FolderLock, IsDoneWithoutWhereTheFileSystemKnowsNone) {
  const TempDir dir;
  flock_error = ENOLCK;
  EXPECT_NO_THROW(FolderLock(dir.path()));
}

TEST(FolderLock, ThatIsRefusedIsNotKeptOpen) {
  const TempDir dir;
  const FolderLock lock(dir.path());
  const auto open_files = [] { return entries_in("/proc/self/fd"); };
  const std::size_t before = open_files();
  EXPECT_THROW(FolderLock(dir.path()), Error);
  EXPECT_EQ(open_files(), before);
}

/// Files as a run that has just ended leaves them.
void put_run(const fs::path& path) {
  for (const char* name : {"config.toml", "last.safetensors", "metrics.jsonl"}) {
    put_bytes(path / name, "of another");
  }
}

// Whoever held the lock a moment before may have made another folder of it.
TEST(RunFolderInTheMomentBeforeItsLock, BecomesARunThatIsNotReplaced) {
  for (const bool is_new : {true, false}) {
    const TempDir dir;
    if (!is_new) put_bytes(dir.path() / "config.toml", "nothing trained");
    before_flock = [&] { put_run(dir.path()); };
    const std::string message = error_of([&] { RunFolder::create(dir.path(), false); });
    EXPECT_TRUE(contains(message, "holds a run already")) << message;
    EXPECT_EQ(bytes_of(dir.path() / "last.safetensors"), "of another");
    EXPECT_EQ(entries_in(dir.path()), 4U) << "with the lock file";
  }
}

TEST(RunFolderInTheMomentBeforeItsLock, BecomesSomebodyElses) {
  for (const bool force : {true, false}) {
    const TempDir dir;
    before_flock = [&] { put_bytes(dir.path() / "thesis.tex", "of another"); };
    const std::string message = error_of([&] { RunFolder::create(dir.path(), force); });
    EXPECT_TRUE(contains(message, "holds no run; choose another --out")) << message;
  }
}

TEST(RunFolderInTheMomentBeforeItsLock, GetsFilesThatForceReplaces) {
  const TempDir dir;
  put_bytes(dir.path() / "config.toml", "first");
  before_flock = [&] {
    put_run(dir.path());
    put_bytes(dir.path() / ".best.safetensors.17.aside", "of another, killed");
  };
  RunFolder::create(dir.path(), true);
  EXPECT_EQ(entries_in(dir.path()), 1U) << "the lock file";
}

TEST(RunFolderInTheMomentBeforeItsLock, LosesTheRunToGoOnWith) {
  const TempDir dir;
  put_run(dir.path());
  before_flock = [&] {  // as --force does, before it trains
    fs::remove(dir.path() / "last.safetensors");
    fs::remove(dir.path() / "metrics.jsonl");
  };
  const std::string message = error_of([&] { RunFolder::resume(dir.path()); });
  EXPECT_TRUE(contains(message, "nothing was trained yet")) << message;
}

TEST(RunFolderInTheMomentBeforeItsLock, GetsWhatAKilledWriterLeaves) {
  const TempDir dir;
  put_run(dir.path());
  const fs::path aside = dir.path() / ".last.safetensors.17.aside";
  before_flock = [&] { put_bytes(aside, "partly"); };
  RunFolder::resume(dir.path());
  EXPECT_FALSE(fs::exists(aside));
}

}  // namespace
}  // namespace regrow

// A remedy fits its cause: nobody is sent to free space, or to check a disk, where a name is too
// long or a limit too low.
#include "io/write_remedy.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <vector>

#include "io/append_file.h"
#include "io/folder.h"
#include "io/io_test_support.h"
#include "regrow/run_folder.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

struct Cause {
  int error_number;
  const char* write;
  const char* resume;
};

TEST(WriteRemedy, FitsItsCause) {
  const std::vector<Cause> causes = {
      {ENOSPC, "free some space or choose another folder",
       "free some space and go on with --resume"},
      {EDQUOT, "free some of your disk quota or choose another folder",
       "free some of your disk quota and go on with --resume"},
      {EFBIG, "raise the limit on the size of files (ulimit -f)",
       "raise the limit on the size of files (ulimit -f) and go on with --resume"},
      {EMFILE, "raise the limit on open files (ulimit -n)",
       "raise the limit on open files (ulimit -n) and go on with --resume"},
      {ENFILE, "close other programs, or raise the system's limit on open files (fs.file-max)",
       "close other programs, or raise the system's limit on open files (fs.file-max) and go on "
       "with --resume"},
      {ENAMETOOLONG, "choose a shorter name", "choose a shorter name and go on with --resume"},
      {EACCES, "change the permissions or choose another folder",
       "change the permissions and go on with --resume"},
      {EPERM, "change the permissions or choose another folder",
       "change the permissions and go on with --resume"},
      {EROFS, "mount its file system for writing or choose another folder",
       "mount its file system for writing and go on with --resume"},
      {ELOOP, "mend the symbolic links, which lead in a circle, or choose another folder",
       "mend the symbolic links, which lead in a circle, and go on with --resume"},
      {ENOENT, "check that its folder takes new files or choose another folder",
       "check that its folder takes new files and go on with --resume"},
      {ENOTDIR, "move away the file that is in a folder's place or choose another folder",
       "move away the file that is in a folder's place and go on with --resume"},
      {ESTALE, "mount the network's file system again or choose another folder",
       "mount the network's file system again and go on with --resume"},
      {EIO, "check the disk (dmesg) or choose another folder",
       "check the disk (dmesg) and go on with --resume"},
  };
  for (const Cause& cause : causes) {
    EXPECT_EQ(write_remedy(cause.error_number), cause.write);
    EXPECT_EQ(resume_remedy(cause.error_number), cause.resume);
  }
  EXPECT_EQ(write_remedy(ENOSPC, "another --out"), "free some space or choose another --out");
}

TEST(WriteRemedy, IsSaidByAllThatWrites) {
  const TempDir dir;
  const std::string name(300, 'x');
  const auto expect_shorter_name = [](const std::string& message) {
    EXPECT_TRUE(message.ends_with(": File name too long; choose a shorter name") ||
                message.ends_with("choose a shorter name and go on with --resume"))
        << message;
  };
  expect_shorter_name(error_of([&] { write_file_atomically(dir.path() / name, "x"); }));
  expect_shorter_name(error_of([&] { AppendFile(dir.path() / name); }));
  expect_shorter_name(error_of([&] { RunFolder::create(dir.path() / name, false); }));
  expect_shorter_name(error_of([&] { Folder::open(dir.path() / name); }));
  std::filesystem::create_symlink("loop", dir.path() / "loop");
  EXPECT_TRUE(contains(error_of([&] { RunFolder::create(dir.path() / "loop/run", false); }),
                       "which lead in a circle, or choose another --out"));
}

/// As long as it lives no file more can be opened.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const Descriptor next(::open("/", O_PATH | O_CLOEXEC));
    const rlimit none = {static_cast<rlim_t>(next.number()), before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_ = {};
};

TEST(WriteRemedy, OfTooManyOpenFilesIsTheirLimit) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizers open a pipe to see whether memory holds an object's type";
#endif
  const TempDir dir;
  put_bytes(dir.path() / "a", "x");
  const auto folder = Folder::open(dir.path());
  std::vector<std::string> messages;
  {
    const NoDescriptors none;
    messages = {error_of([&] { write_file_atomically(dir.path() / "b", "x"); }),
                error_of([&] { AppendFile(folder, "b"); }),
                error_of([&] { read_file(dir.path() / "a"); }),
                error_of([&] { read_checkpoint(dir.path() / "a"); }),
                error_of([&] { RunFolder::create(dir.path() / "r", false); })};
  }
  for (const std::string& message : messages) {
    EXPECT_TRUE(contains(message, "Too many open files; raise the limit on open files (ulimit -n)"))
        << message;
  }
}

}  // namespace
}  // namespace regrow

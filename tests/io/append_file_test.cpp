// Files that grow: whole records or none, and nobody else's file.
#include "io/append_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "io/file_size_limit.h"
#include "io/io_test_support.h"
#include "support/temp_dir.h"

namespace {

/// Of the next call of ftruncate(), in place of doing it.
int ftruncate_error = 0;
/// The most that pread() was asked for.
std::size_t most_read = 0;

}  // namespace

extern "C" {

int ftruncate(int file, off_t size) noexcept {
  if (ftruncate_error != 0) {
    errno = std::exchange(ftruncate_error, 0);
    return -1;
  }
  return static_cast<int>(syscall(SYS_ftruncate, file, size));
}

ssize_t pread(int file, void* bytes, size_t count, off_t offset) {
  most_read = std::max(most_read, count);
  return syscall(SYS_pread64, file, bytes, count, offset);
}
}

namespace regrow {
namespace {

namespace fs = std::filesystem;

std::string content_of(const AppendFile& file) {
  std::string content;
  file.read([&](std::string_view piece) { content += piece; });
  return content;
}

TEST(AppendFile, GrowsAndIsGoneOnWith) {
  const TempDir dir;
  const fs::path path = dir.path() / "log";
  {
    AppendFile file(path);
    EXPECT_EQ(file.size(), 0U);
    EXPECT_EQ(file.path(), path);
    file.append("one\n");
    EXPECT_EQ(bytes_of(path), "one\n") << "at once";
    AppendFile moved(std::move(file));
    moved.append("two\n");
    moved.sync();
  }
  AppendFile file(path);
  EXPECT_EQ(file.size(), 8U);
  file.append("three\n");
  EXPECT_EQ(content_of(file), "one\ntwo\nthree\n");
  EXPECT_EQ(entries_in(dir.path()), 1U);
}

TEST(AppendFile, IsCutBack) {
  const TempDir dir;
  const fs::path path = dir.path() / "log";
  put_bytes(path, "one\ntwo\n");
  AppendFile file(path);
  file.cut_back(8);
  EXPECT_EQ(bytes_of(path), "one\ntwo\n");
  file.cut_back(4);
  EXPECT_EQ(file.size(), 4U);
  file.append("2\n");
  EXPECT_EQ(bytes_of(path), "one\n2\n");
  file.cut_back(0);
  EXPECT_EQ(bytes_of(path), "");
  EXPECT_THROW(file.cut_back(1), std::logic_error);
}

// A checkpoint would count on what is gone.
TEST(AppendFile, NoticesThatItWasRemovedOrCutOff) {
  const TempDir dir;
  const auto path = dir.path() / "f";
  for (const bool is_removed : {true, false}) {
    AppendFile file(path);
    file.append("line\n");
    if (is_removed) {
      std::filesystem::remove(path);
    } else {
      std::filesystem::resize_file(path, 2);
    }
    const std::string expected =
        path.string() + (is_removed ? ": was removed" : ": was cut off") + " while the run was";
    EXPECT_TRUE(contains(error_of([&] { file.sync(); }), expected));
    EXPECT_TRUE(contains(error_of([&] { file.append("more\n"); }), expected));
    EXPECT_EQ(std::filesystem::exists(path), !is_removed);
  }
}

TEST(AppendFile, IsReadInPiecesOfOneSize) {
  const TempDir dir;
  std::string content(3000001, 'x');
  for (std::size_t i = 0; i < content.size(); i += 997) content[i] = static_cast<char>(i);
  put_bytes(dir.path() / "log", content);
  const AppendFile file(dir.path() / "log");
  most_read = 0;
  EXPECT_TRUE(content_of(file) == content);
  EXPECT_LE(most_read, std::size_t{1} << 20);
  std::string part(10, '\0');
  EXPECT_EQ(file.read_at(content.size() - 4, part), 4U);
  EXPECT_EQ(part.substr(0, 4), content.substr(content.size() - 4));
  EXPECT_EQ(file.read_at(content.size() + 4, part), 0U);
}

TEST(AppendFile, IsAsItWasWhereTheDiskIsFull) {
  const TempDir dir;
  const fs::path path = dir.path() / "log";
  put_bytes(path, "one\n");
  AppendFile file(path);
  for (const std::size_t room : {0, 1, 3}) {
    const std::string message = error_of([&] {
      const FileSizeLimit limit(4 + room);
      file.append("two\n");
    });
    EXPECT_TRUE(contains(message, path.string() + ": cannot be written: File too large; raise the "
                                                  "limit on the size of files (ulimit -f) and go "
                                                  "on with --resume"))
        << message;
    EXPECT_EQ(bytes_of(path), "one\n") << "no part of a record";
    EXPECT_EQ(file.size(), 4U);
  }
  file.append("two\n");
  EXPECT_EQ(bytes_of(path), "one\ntwo\n") << "once there is room again";
}

TEST(AppendFile, AppendsNothingToAPartOfARecord) {
  const TempDir dir;
  const fs::path path = dir.path() / "log";
  AppendFile file(path);
  ftruncate_error = EIO;
  error_of([&] {
    const FileSizeLimit limit(2);
    file.append("one\n");
  });
  ASSERT_EQ(bytes_of(path), "on") << "which could not be cut off";
  ftruncate_error = EIO;
  EXPECT_TRUE(contains(error_of([&] { file.append("one\n"); }), "cannot be written: Input/output"));
  EXPECT_EQ(bytes_of(path), "on");
  file.append("one\n");
  EXPECT_EQ(bytes_of(path), "one\n");
}

// Such as a backup by cp -al.
TEST(AppendFile, NeverChangesWhatHasAnotherNameToo) {
  const TempDir dir;
  const fs::path path = dir.path() / "log", backup = dir.path() / "backup";
  put_bytes(path, "one\ntwo\n");
  fs::create_hard_link(path, backup);
  AppendFile file(path);
  file.append("three\n");
  EXPECT_EQ(bytes_of(path), "one\ntwo\nthree\n");
  EXPECT_EQ(bytes_of(backup), "one\ntwo\n");

  fs::remove(backup);
  fs::create_hard_link(path, backup);  // of a run that is under way
  file.append("four\n");
  EXPECT_EQ(bytes_of(path), "one\ntwo\nthree\nfour\n");
  EXPECT_EQ(bytes_of(backup), "one\ntwo\nthree\n");

  fs::remove(backup);
  fs::create_hard_link(path, backup);
  file.cut_back(4);
  EXPECT_EQ(file.size(), 4U);
  file.append("2\n");
  EXPECT_EQ(bytes_of(path), "one\n2\n");
  EXPECT_EQ(bytes_of(backup), "one\ntwo\nthree\nfour\n");
  EXPECT_EQ(entries_in(dir.path()), 2U) << "no aside file is left";
}

TEST(AppendFile, KeepsBothNamesWhereThereIsNoRoomForACopy) {
  const TempDir dir;
  const fs::path path = dir.path() / "log", backup = dir.path() / "backup";
  put_bytes(path, std::string(2000, 'x'));
  fs::create_hard_link(path, backup);
  AppendFile file(path);
  const std::string message = error_of([&] {
    const FileSizeLimit limit(1000);
    file.append("y");
  });
  EXPECT_TRUE(contains(message, path.string() + ": cannot be written: File too large")) << message;
  EXPECT_EQ(bytes_of(path), std::string(2000, 'x'));
  EXPECT_TRUE(fs::equivalent(path, backup));
  EXPECT_EQ(entries_in(dir.path()), 2U);
}

TEST(AppendFile, TakesThePlaceOfNothingElse) {
  const TempDir dir;
  const fs::path path = dir.path() / "log";
  with_each_other_kind(path, [&](const std::string& kind) {
    const std::string message = error_of([&] { AppendFile file(path); });
    EXPECT_TRUE(contains(message, path.string() + ": cannot be written: it is " + kind)) << message;
    EXPECT_TRUE(contains(message, "; move it away")) << message;
  });
}

TEST(AppendFile, WritesNothingInAFolderThatIsNotItsOwn) {
  const TempDir dir;
  const fs::path path = dir.path() / "r", moved = dir.path() / "moved";
  for (const bool is_replaced : {false, true}) {
    fs::remove_all(moved);
    fs::remove_all(path);
    fs::create_directory(path);
    const auto folder = Folder::open(path);
    AppendFile file(folder, "log");
    file.append("one\n");
    fs::rename(path, moved);
    if (is_replaced) fs::create_directory(path);
    const std::string what = is_replaced ? "another folder was put in its place" : "moved";
    for (const std::string& message :
         {error_of([&] { file.append("two\n"); }), error_of([&] { file.cut_back(0); }),
          error_of([&] { AppendFile(folder, "other"); })}) {
      EXPECT_TRUE(contains(message, path.string() + ": ") && contains(message, what)) << message;
    }
    EXPECT_EQ(bytes_of(moved / "log"), "one\n");
    EXPECT_EQ(entries_in(moved), 1U);
    EXPECT_EQ(fs::exists(path) ? entries_in(path) : 0, 0U);
  }
}

TEST(AppendFile, LeavesNothingOpen) {
  const TempDir dir;
  const fs::path path = dir.path() / "log", backup = dir.path() / "backup";
  const auto open_files = [] { return entries_in("/proc/self/fd"); };
  const std::size_t before = open_files();
  for (int times = 0; times < 3; ++times) {
    AppendFile file(path);
    file.append("x");
    fs::remove(backup);
    fs::create_hard_link(path, backup);
    file.append("y");
    file.sync();
    AppendFile other(dir.path() / "other");
    other = std::move(file);
    EXPECT_EQ(open_files(), before + 2) << "the file, and its folder";
  }
  EXPECT_EQ(open_files(), before);
}

}  // namespace
}  // namespace regrow

// Files appear whole or not at all.
#include "io/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "io/file_size_limit.h"
#include "io/folder.h"
#include "io/io_test_support.h"
#include "regrow/run_folder.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

TEST(AtomicFile, ReplacesTheContentAndLeavesNothingElse) {
  const TempDir dir;
  const auto path = dir.path() / "file.txt";
  write_file_atomically(path, "a longer first content");
  write_file_atomically(path, "second");
  EXPECT_EQ(bytes_of(path), "second");
  EXPECT_EQ(entries_in(dir.path()), 1U);
}

TEST(AtomicFile, ShowsNothingBeforeTheCommit) {
  const TempDir dir;
  const auto path = dir.path() / "file.txt";
  put_bytes(path, "old");
  {
    AtomicFile file(path);
    file.write(std::as_bytes(std::span(std::string_view("new"))));
    EXPECT_EQ(bytes_of(path), "old");
    EXPECT_EQ(entries_in(dir.path()), 2U) << "the aside file is in the same folder";
    for (const auto& entry : std::filesystem::directory_iterator(dir.path())) {
      const std::string name = entry.path().filename().string();
      EXPECT_EQ(AtomicFile::is_aside(name, "file.txt"), name != "file.txt") << name;
    }
  }
  EXPECT_EQ(bytes_of(path), "old");
  EXPECT_EQ(entries_in(dir.path()), 1U) << "an abandoned file is removed";
}

TEST(AtomicFile, RecognisesOnlyItsOwnAsideFiles) {
  EXPECT_TRUE(AtomicFile::is_aside(".a.toml.123.aside", "a.toml"));
  EXPECT_FALSE(AtomicFile::is_aside(".a.toml..aside", "a.toml"));
  EXPECT_FALSE(AtomicFile::is_aside(".a.toml.x1.aside", "a.toml"));
  EXPECT_FALSE(AtomicFile::is_aside(".a.toml.123.aside", "b.toml"));
  EXPECT_FALSE(AtomicFile::is_aside(".a.toml.123", "a.toml"));
  EXPECT_FALSE(AtomicFile::is_aside("a.toml", "a.toml"));
}

TEST(AtomicFile, KeepsTheFormerFileOnAFullDisk) {
  const TempDir dir;
  const auto path = dir.path() / "file.txt";
  put_bytes(path, "former");
  std::string message;
  {
    const FileSizeLimit full_disk(1000);
    message = error_of([&] { write_file_atomically(path, std::string(5000, 'x')); });
  }
  EXPECT_TRUE(contains(message, path.string())) << message;
  EXPECT_TRUE(contains(message, "ulimit -f")) << message;
  EXPECT_EQ(bytes_of(path), "former");
  EXPECT_EQ(entries_in(dir.path()), 1U) << "no aside file is left";
}

TEST(AtomicFile, NamesAnUnwritablePlaceAndARemedy) {
  const TempDir dir;
  put_bytes(dir.path() / "plain", "");
  const auto below_a_file = dir.path() / "plain" / "file.txt";
  const std::string message = error_of([&] { write_file_atomically(below_a_file, "x"); });
  EXPECT_TRUE(contains(message, below_a_file.string())) << message;
  EXPECT_TRUE(contains(message, "Not a directory")) << message;
  EXPECT_TRUE(contains(message, "choose another folder")) << message;
  const auto nowhere = dir.path() / "missing" / "file.txt";
  EXPECT_TRUE(
      contains(error_of([&] { write_file_atomically(nowhere, "x"); }), "create the folder first"));
  EXPECT_EQ(
      error_of([&] { write_file_atomically("/proc/x", "x"); }),
      "/proc/x: cannot be written: No such file or directory; check that its folder takes new "
      "files or choose another folder");
}

TEST(AtomicFile, NeverReplacesAFolderOrAPipe) {
  const TempDir dir;
  EXPECT_TRUE(contains(error_of([&] { write_file_atomically(dir.path(), "x"); }), "a folder"));
  const auto pipe = dir.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_TRUE(contains(error_of([&] { write_file_atomically(pipe, "x"); }),
                       "not a regular file; move it away"));
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
}

TEST(AtomicFile, IsNotCommittedInAFolderThatIsNotItsOwn) {
  const TempDir dir;
  const auto path = dir.path() / "r", moved = dir.path() / "moved";
  for (const bool is_replaced : {false, true}) {
    std::filesystem::remove_all(moved);
    std::filesystem::remove_all(path);
    std::filesystem::create_directory(path);
    const auto folder = Folder::open(path);
    put_bytes(path / "file.txt", "former");
    const std::string message = error_of([&] {
      AtomicFile file(folder, "file.txt");
      file.write(std::as_bytes(std::span(std::string_view("new"))));
      std::filesystem::rename(path, moved);
      if (is_replaced) std::filesystem::create_directory(path);
      file.commit();
    });
    EXPECT_TRUE(contains(message, path.string() + ": ")) << message;
    EXPECT_TRUE(contains(message, is_replaced ? "another folder" : "removed or moved")) << message;
    EXPECT_EQ(bytes_of(moved / "file.txt"), "former");
    EXPECT_EQ(entries_in(moved), 1U) << "no aside file is left";
    EXPECT_EQ(std::filesystem::exists(path) ? entries_in(path) : 0, 0U);
    EXPECT_TRUE(contains(error_of([&] { AtomicFile(folder, "other"); }), path.string()));
    EXPECT_TRUE(contains(error_of([&] { AsideLink(folder, "file.txt", "other"); }), path.string()));
  }
}

}  // namespace
}  // namespace regrow

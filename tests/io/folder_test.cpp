// An open folder: its files stay in it, whatever becomes of its path.
#include "io/folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "io/io_test_support.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

TEST(Folder, KeepsItsFilesWhateverBecomesOfItsPath) {
  const TempDir dir;
  const fs::path path = dir.path() / "r", moved = dir.path() / "moved";
  fs::create_directory(path);
  put_bytes(path / "a", "of a");
  const auto folder = Folder::open(path);
  fs::rename(path, moved);
  fs::create_directory(path);
  put_bytes(path / "a", "of another");
  EXPECT_EQ(folder->link("a", "b"), 0);
  EXPECT_EQ(folder->rename("a", "c"), 0);
  EXPECT_TRUE(folder->open_regular_file("d", O_WRONLY).is_open());
  EXPECT_EQ(folder->sync(), 0);
  EXPECT_EQ(bytes_of(moved / "b"), "of a");
  EXPECT_EQ(bytes_of(moved / "c"), "of a");
  EXPECT_TRUE(folder->has("d"));
  EXPECT_EQ(folder->unlink("d"), 0);
  EXPECT_FALSE(fs::exists(moved / "d"));
  EXPECT_EQ(bytes_of(path / "a"), "of another");
  EXPECT_EQ(entries_in(path), 1U);
  EXPECT_EQ(folder->path(), path) << "as it was opened";
}

TEST(Folder, ListsWhatIsInIt) {
  const TempDir dir;
  put_bytes(dir.path() / ".hidden", "");
  fs::create_directory(dir.path() / "sub");
  fs::create_directory_symlink("sub", dir.path() / "link");
  const auto folder = Folder::open(dir.path());
  for (int times = 0; times < 2; ++times) {
    std::error_code error;
    auto entries = folder->entries(error);
    EXPECT_FALSE(error);
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    ASSERT_EQ(entries.size(), 3U);
    EXPECT_TRUE(entries[0].name == ".hidden" && !entries[0].is_folder);
    EXPECT_TRUE(entries[1].name == "link" && entries[1].is_folder);
    EXPECT_TRUE(entries[2].name == "sub" && entries[2].is_folder);
  }
}

TEST(Folder, TellsThatItsPathDoesNotNameItAnyMore) {
  const TempDir dir;
  const fs::path path = dir.path() / "r";
  const auto message_after = [&](auto change) {
    fs::create_directory(path);
    const auto folder = Folder::open(path);
    EXPECT_NO_THROW(folder->require_in_place());
    change();
    return error_of([&] { folder->require_in_place(); });
  };
  const auto expect = [&](const std::string& message, const std::string& what) {
    EXPECT_TRUE(contains(message, path.string() + ": " + what)) << message;
    EXPECT_TRUE(contains(message, "nothing more is written; ")) << message;
  };
  expect(message_after([&] { fs::remove(path); }), "the folder was removed or moved");
  expect(message_after([&] { fs::rename(path, dir.path() / "moved"); }),
         "the folder was removed or moved");
  expect(message_after([&] {
           fs::rename(path, dir.path() / "away");
           fs::create_directory(path);
         }),
         "another folder was put in its place");
  fs::remove(path);
  expect(message_after([&] {
           fs::remove(path);
           put_bytes(path, "a file");
         }),
         "another folder was put in its place");
}

TEST(Folder, MayBeNamedByALinkThatStays) {
  const TempDir dir;
  for (const char* name : {"a", "b"}) fs::create_directory(dir.path() / name);
  const fs::path link = dir.path() / "link";
  fs::create_directory_symlink("a", link);
  const auto folder = Folder::open(link);
  EXPECT_NO_THROW(folder->require_in_place());
  fs::remove(link);
  fs::create_directory_symlink("b", link);
  EXPECT_TRUE(contains(error_of([&] { folder->require_in_place(); }), "another folder"));
}

TEST(Folder, IsNoFile) {
  const TempDir dir;
  put_bytes(dir.path() / "file", "");
  EXPECT_TRUE(contains(error_of([&] { Folder::open(dir.path() / "file"); }), "Not a directory"));
  EXPECT_TRUE(contains(error_of([&] { Folder::open(dir.path() / "no"); }), "No such file"));
}

TEST(Folder, OpensNothingButRegularFilesToBeWritten) {
  const TempDir dir;
  const auto folder = Folder::open(dir.path());
  const auto open_files = [] { return entries_in("/proc/self/fd"); };
  const std::size_t before = open_files();
  with_each_other_kind(dir.path() / "x", [&](const std::string& kind) {
    const std::string message = error_of([&] { folder->open_regular_file("x", O_RDWR); });
    EXPECT_TRUE(contains(message, (dir.path() / "x").string() + ": cannot be written: it is " +
                                      kind + ", not a regular file; move it away"))
        << message;
  });
  const auto devices = Folder::open("/dev");
  EXPECT_TRUE(contains(error_of([&] { devices->open_regular_file("full", O_RDWR); }), "a device"));
  EXPECT_EQ(open_files(), before + 1) << "the folder of devices";
}

}  // namespace
}  // namespace regrow

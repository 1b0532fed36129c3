#include "readers/byte_source.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>
#include <thread>

#include "readers/data_files.h"
#include "support/in_child.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

// More than a piece that is read at once, and than a pipe holds.
constexpr std::size_t kManyBytes = (std::size_t{1} << 21) + 12345;

class ByteSourceTest : public testing::Test {
 protected:
  std::string path(const std::string& name = "data") const {
    return (folder_.path() / name).string();
  }
  std::string file(const Bytes& bytes) const {
    write_bytes(path(), bytes);
    return path();
  }
  std::string gzipped(const Bytes& bytes) const {
    write_gz(path(), bytes);
    return path();
  }

  TempDir folder_;
};

/// A pipe that `bytes` are written into while it is read.
class Pipe {
 public:
  explicit Pipe(Bytes bytes) : bytes_(std::move(bytes)) {
    EXPECT_EQ(pipe(ends_.data()), 0);
    writer_ = std::thread([this] {
      for (std::size_t at = 0; at < bytes_.size();) {
        const ssize_t written = write(ends_[1], bytes_.data() + at, bytes_.size() - at);
        if (written <= 0) break;
        at += static_cast<std::size_t>(written);
      }
      close(ends_[1]);
    });
  }
  ~Pipe() {
    writer_.join();
    close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  std::string path() const { return "/dev/fd/" + std::to_string(ends_[0]); }
  int descriptor() const { return ends_[0]; }

 private:
  Bytes bytes_;
  std::array<int, 2> ends_{};
  std::thread writer_;
};

/// Standard input is another descriptor for as long as it lives.
class StandardInput {
 public:
  explicit StandardInput(int descriptor) : former_(dup(STDIN_FILENO)) {
    EXPECT_EQ(dup2(descriptor, STDIN_FILENO), STDIN_FILENO);
  }
  ~StandardInput() {
    dup2(former_, STDIN_FILENO);
    close(former_);
  }
  StandardInput(const StandardInput&) = delete;
  StandardInput& operator=(const StandardInput&) = delete;

 private:
  int former_;
};

Bytes joined(Bytes first, const Bytes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

TEST_F(ByteSourceTest, AFileIsReadInPieces) {
  const Bytes bytes = pattern(kManyBytes, 1);
  ByteSource source(file(bytes));
  EXPECT_TRUE(source.is_plain_file());
  EXPECT_EQ(source.name(), path());
  EXPECT_EQ(source.head(), std::string(bytes.begin(), bytes.begin() + 512));
  Bytes all;
  for (const std::size_t piece : {std::size_t{0}, std::size_t{1}, std::size_t{600}, kManyBytes}) {
    Bytes some(piece);
    some.resize(source.read(some));
    all = joined(std::move(all), some);
  }
  EXPECT_EQ(all, bytes);
  EXPECT_EQ(source.read(all), 0U);
}

TEST_F(ByteSourceTest, AGzippedFileIsInflatedByItsContent) {
  const Bytes bytes = pattern(kManyBytes, 2);
  ByteSource source(gzipped(bytes));
  EXPECT_FALSE(source.is_plain_file());
  EXPECT_EQ(source.head(), std::string(bytes.begin(), bytes.begin() + 512));
  EXPECT_EQ(source.read_rest(), bytes);
}

TEST_F(ByteSourceTest, MembersOfAGzipFileFollowEachOther) {
  gzipped(pattern(1000, 3));
  const Bytes first = read_bytes(path());
  gzipped(pattern(2000, 4));
  file(joined(first, read_bytes(path())));
  EXPECT_EQ(ByteSource(path()).read_rest(), joined(pattern(1000, 3), pattern(2000, 4)));
}

TEST_F(ByteSourceTest, RewindsToTheFirstByte) {
  const Bytes bytes = pattern(kManyBytes, 5);
  for (const std::string& source_path : {file(bytes), gzipped(bytes)}) {
    ByteSource source(source_path, Passes::kMany);
    EXPECT_EQ(source.read_exactly(700'000), Bytes(bytes.begin(), bytes.begin() + 700'000));
    source.rewind();
    EXPECT_EQ(source.read_rest(), bytes);
    source.rewind();
    EXPECT_EQ(source.read_rest(), bytes);
  }
}

TEST_F(ByteSourceTest, APipeIsReadAndRewinds) {
  const Bytes bytes = pattern(kManyBytes, 6);
  gzipped(bytes);
  for (const Bytes& sent : {bytes, read_bytes(path())}) {
    const Pipe pipe(sent);
    ByteSource source(pipe.path(), Passes::kMany);
    EXPECT_FALSE(source.is_plain_file());
    EXPECT_EQ(source.read_exactly(10), Bytes(bytes.begin(), bytes.begin() + 10));
    source.rewind();
    // Twice a part of what is kept, in pieces that end within it.
    EXPECT_EQ(source.read_exactly(300), Bytes(bytes.begin(), bytes.begin() + 300));
    source.rewind();
    EXPECT_EQ(source.read_exactly(100'000), Bytes(bytes.begin(), bytes.begin() + 100'000));
    source.rewind();
    EXPECT_EQ(source.read_rest(), bytes);
    source.rewind();
    EXPECT_EQ(source.read_rest(), bytes);
  }
}

TEST_F(ByteSourceTest, APipeThatIsReadOnce) {
  const Bytes bytes = pattern(kManyBytes, 7);
  const Pipe pipe(bytes);
  EXPECT_EQ(ByteSource(pipe.path()).read_rest(), bytes);
}

TEST_F(ByteSourceTest, ADashIsStandardInput) {
  const Bytes bytes = pattern(kManyBytes, 8);
  {
    const Pipe pipe(bytes);
    const StandardInput input(pipe.descriptor());
    ByteSource source("-", Passes::kMany);
    EXPECT_EQ(source.name(), "standard input");
    EXPECT_EQ(source.read_rest(), bytes);
    source.rewind();
    EXPECT_EQ(source.read_rest(), bytes);
  }
  // A file that was read before begins where it was left.
  const int descriptor = open(file(bytes).c_str(), O_RDONLY);
  lseek(descriptor, 5, SEEK_SET);
  {
    const StandardInput input(descriptor);
    ByteSource source("-", Passes::kMany);
    EXPECT_FALSE(source.is_plain_file());
    const Bytes rest(bytes.begin() + 5, bytes.end());
    EXPECT_EQ(source.read_rest(), rest);
    source.rewind();
    EXPECT_EQ(source.read_rest(), rest);
  }
  close(descriptor);
}

TEST_F(ByteSourceTest, ADescriptorIsClosedWithTheSource) {
  file({1});
  const int before = dup(STDIN_FILENO);
  close(before);
  for (int i = 0; i < 3; ++i) ByteSource(path()).read_rest();
  const int after = dup(STDIN_FILENO);
  close(after);
  EXPECT_EQ(before, after);
}

TEST_F(ByteSourceTest, WhatCannotBeRead) {
  expect_error([&] { ByteSource source(path("none")); }, {path("none") + ": missing; check"});
  expect_error([&] { ByteSource source(folder_.path().string()); },
               {folder_.path().string() + ": is a folder; give a file"});
  expect_error([&] { ByteSource source(path("none") + "/data"); }, {path("none"), "missing"});
  expect_error([&] { ByteSource source(file({})); }, {path() + ": empty; give a file"});
  expect_error([&] { ByteSource source(gzipped({})); }, {path() + ": empty; give a file"});
  file({1, 2});
  fs::permissions(path(), fs::perms::none);
  fs::permissions(folder_.path(), fs::perms(0755));
  const std::string message = tests::error_as_nobody([&] { ByteSource source(path()); });
  EXPECT_EQ(message.find(path() + ": cannot be read: Permission denied; check its permissions"), 0U)
      << message;
}

TEST_F(ByteSourceTest, AClosedStandardInput) {
  const std::string message = tests::error_in_child([] { return close(STDIN_FILENO) == 0; },
                                                    [] { ByteSource source("-"); });
  EXPECT_EQ(message, "standard input: closed; redirect a file or a pipe to it");
}

TEST_F(ByteSourceTest, FewerBytesThanWanted) {
  ByteSource source(file(pattern(100, 9)));
  expect_error([&] { source.read_exactly(~std::uint64_t{0}); }, {path() + ": truncated: it ends "});
}

TEST_F(ByteSourceTest, AGzipFileCutAnywhere) {
  gzipped(pattern(300, 10));
  const Bytes whole = read_bytes(path());
  for (std::size_t size = 1; size < whole.size(); ++size) {
    file(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    expect_error([&] { ByteSource(path()).read_rest(); },
                 {path() + ": truncated", "; get it anew"});
  }
}

TEST_F(ByteSourceTest, AGzipFileThatIsDamaged) {
  gzipped(pattern(300, 11));
  const Bytes whole = read_bytes(path());
  Bytes bytes = whole;
  bytes[bytes.size() - 8] ^= 1;
  expect_error([&] { ByteSource(file(bytes)).read_rest(); }, {"do not have their checksum"});
  bytes = whole;
  bytes.push_back(7);
  expect_error([&] { ByteSource(file(bytes)).read_rest(); }, {"trailing bytes"});
  bytes = whole;
  bytes[12] ^= 0xFF;
  expect_error([&] { ByteSource(file(bytes)).read_rest(); }, {path() + ": corrupt: "});
}

TEST_F(ByteSourceTest, AnotherKindIsNamed) {
  const std::string text = "version https://git-lfs.github.com/spec/v1\noid sha256:1\n";
  ByteSource source(file(Bytes(text.begin(), text.end())));
  expect_error([&] { source.fail_as_other_kind("a table", "odd", "mend it"); },
               {path() + ": is a git-lfs pointer, not a table; fetch the file itself"});
  ByteSource packed(gzipped({0, 1, 2}));
  expect_error([&] { packed.fail_as_other_kind("a table", "odd", "mend it"); },
               {path() + ": odd; mend it"});
  const std::string zip = std::string("PK\x03\x04") + std::string(40, '\0');
  ByteSource zipped(gzipped(Bytes(zip.begin(), zip.end())));
  expect_error([&] { zipped.fail_as_other_kind("a table", "odd", "mend it"); },
               {path() + ": is within its gzip file a ZIP archive, not a table"});
}

}  // namespace
}  // namespace regrow

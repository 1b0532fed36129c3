// Checkpoints that are there and cannot be read, and other files in their place.
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "base/read_failure.h"
#include "io/io_test_support.h"
#include "io/sample_checkpoint.h"
#include "regrow/checkpoint.h"
#include "regrow/run_folder.h"
#include "support/in_child.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;
using tests::error_as_nobody;
using tests::error_without_descriptors;
using tests::kNeedsDescriptors;

class UnreadableCheckpoint : public testing::Test {
 protected:
  UnreadableCheckpoint() {
    fs::permissions(dir_.path(), fs::perms(0755));
    fs::create_directory(run_);
    write_checkpoint(file_, sample_checkpoint());
    put_bytes(run_ / "config.toml", "");
  }
  void read() const { read_checkpoint(file_); }

  static void expect_remedy(const std::string& message, const fs::path& path,
                            const std::string& words) {
    EXPECT_EQ(message.find(path.string() + ": cannot be read: " + words), 0U) << message;
  }
  /// What is said of a file of these bytes in a checkpoint's place.
  std::string message(const std::string& bytes) const {
    put_bytes(file_, bytes);
    return error_of([&] { read(); });
  }

  TempDir dir_;
  fs::path run_ = dir_.path() / "run";
  fs::path file_ = run_ / "last.safetensors";
};

TEST_F(UnreadableCheckpoint, WithoutPermission) {
  const std::string words = "Permission denied; check its permissions";
  fs::permissions(file_, fs::perms::none);
  expect_remedy(error_as_nobody([&] { read(); }), file_, words);
  expect_remedy(error_as_nobody([&] { read_file(file_); }), file_, words);
  for (const auto bits : {fs::perms::none, fs::perms(0444)}) {
    fs::permissions(run_, bits);
    expect_remedy(error_as_nobody([&] { read(); }), file_, words);
    expect_remedy(error_as_nobody([&] { read_file(file_); }), file_, words);
    expect_remedy(error_as_nobody([&] { RunFolder::open(run_); }), run_ / "config.toml", words);
  }
  fs::permissions(dir_.path(), fs::perms::none);
  expect_remedy(error_as_nobody([&] { RunFolder::open(run_); }), run_, words);
}

TEST_F(UnreadableCheckpoint, WithTooManyOpenFiles) {
  if (kNeedsDescriptors) GTEST_SKIP() << "the sanitizer needs some itself";
  const std::string words = "Too many open files; raise the limit on open files (ulimit -n)";
  expect_remedy(error_without_descriptors([&] { read(); }), file_, words);
  expect_remedy(error_without_descriptors([&] { read_file(file_); }), file_, words);
}

TEST_F(UnreadableCheckpoint, NorItsMetrics) {
  put_bytes(run_ / "metrics.jsonl", "{}\n");
  const RunFolder folder = RunFolder::open(run_);
  if (!kNeedsDescriptors) {
    expect_remedy(error_without_descriptors([&] { folder.read_metrics(); }), folder.metrics(),
                  "Too many open files; raise the limit");
  }
  fs::permissions(folder.metrics(), fs::perms::none);
  expect_remedy(error_as_nobody([&] { folder.read_metrics(); }), folder.metrics(),
                "Permission denied; check its permissions");
}

TEST_F(UnreadableCheckpoint, ByAPathThatNamesNothing) {
  const fs::path circle = run_ / "circle", longer = run_ / std::string(300, 'a');
  fs::create_symlink("circle", circle);
  expect_remedy(error_of([&] { read_checkpoint(circle); }), circle,
                "Too many levels of symbolic links; mend the symbolic links");
  expect_remedy(error_of([&] { read_checkpoint(longer); }), longer,
                "File name too long; use a shorter path");
}

TEST(ReadRemedy, FitsTheCause) {
  EXPECT_EQ(read_remedy(EIO), "check the disk, or the connection to it");
  EXPECT_EQ(read_remedy(ESTALE), "check the disk, or the connection to it");
  EXPECT_EQ(read_remedy(ENOMEM), "free some memory");
  EXPECT_EQ(read_remedy(ENFILE), "raise the limit on open files (ulimit -n)");
}

TEST_F(UnreadableCheckpoint, SaysWhatAnotherFileIs) {
  struct Case {
    std::string bytes;
    std::string words;
  };
  for (const auto& [bytes, words] : {
           Case{"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
                "is a git-lfs pointer, not a checkpoint; fetch the file itself with git lfs pull"},
           Case{"PK\x03\x04 and so on", "is a ZIP archive, not a checkpoint; unpack it first"},
           Case{"\x1f\x8b\x08 and so on", "is gzipped, not a checkpoint; unpack it first"},
           Case{"\x80\x02\x8a and so on", "is a Python pickle"},
           Case{"<!DOCTYPE html><title>Sign in</title>", "is a web page"},
           Case{"\x89HDF\r\n\x1a\n and so on",
                "is an HDF5 file, not a checkpoint; give a checkpoint "
                "of regrow, such as RUN/last.safetensors"},
       }) {
    const std::string text = message(bytes);
    EXPECT_EQ(text.find(file_.string() + ": " + words), 0U) << text;
    EXPECT_FALSE(contains(text, "another checkpoint")) << text;
  }
  EXPECT_TRUE(contains(message(""), ": it is empty; use another checkpoint of the run"));
}

TEST_F(UnreadableCheckpoint, SaysThatAnotherProgramWroteASafetensorsFile) {
  for (const std::string dtype : {"F32", "BF16"}) {
    const std::string header = R"({"weight":{"dtype":")" + dtype +
                               R"(","shape":[1],"data_offsets":[0,)" +
                               (dtype == "F32" ? "4" : "2") + "]}}";
    std::string bytes(8, '\0');
    bytes[0] = static_cast<char>(header.size());
    bytes += header + std::string(dtype == "F32" ? 4 : 2, '\0');
    const std::string text = message(bytes);
    EXPECT_TRUE(contains(text, ": is a safetensors file that regrow did not write (")) << text;
    EXPECT_TRUE(text.ends_with("); give a checkpoint of regrow, such as RUN/last.safetensors"))
        << text;
  }
}

}  // namespace
}  // namespace regrow

// Data that is there and cannot be read: the remedy is about the cause, never about getting it
// anew.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "readers/data_files.h"
#include "regrow/dataset.h"
#include "regrow/load_dataset.h"
#include "support/in_child.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;
using tests::error_as_nobody;
using tests::error_without_descriptors;

class UnreadableData : public testing::Test {
 protected:
  UnreadableData() {
    fs::permissions(folder_.path(), fs::perms(0755));
    fs::create_directory(root());
    const Bytes images = idx_file({2, 1, 1}, {1, 2}), labels = idx_file({2}, {3, 4});
    for (const std::string split : {"train", "t10k"}) {
      write_bytes(root() / (split + "-images-idx3-ubyte"), images);
      write_bytes(root() / (split + "-labels-idx1-ubyte"), labels);
    }
    write_bytes(root() / "data_batch_1.bin", cifar_file(1, 0));
    write_bytes(root() / "test_batch.bin", cifar_file(1, 0));
  }
  fs::path root() const { return folder_.path() / "data"; }
  void load_mnist() const { load_idx("mnist", root().string()); }
  void load_cifar() const { load_cifar10(root().string()); }

  static void expect_remedy(const std::string& message, const fs::path& path,
                            const std::string& cause, const std::string& remedy) {
    EXPECT_EQ(message.find(path.string() + ": cannot be read: " + cause + "; " + remedy), 0U)
        << message;
    for (const std::string wrong : {"download", "missing", "put the", "get_cifar10"}) {
      EXPECT_EQ(message.find(wrong), std::string::npos) << message;
    }
  }

  TempDir folder_;
};

TEST_F(UnreadableData, AFileWithoutPermission) {
  for (const std::string file : {"t10k-labels-idx1-ubyte", "test_batch.bin"}) {
    fs::permissions(root() / file, fs::perms::none);
    expect_remedy(error_as_nobody([&] { file[1] == '1' ? load_mnist() : load_cifar(); }),
                  root() / file, "Permission denied", "check its permissions");
  }
}

TEST_F(UnreadableData, AFolderThatCannotBeEntered) {
  for (const auto bits : {fs::perms::none, fs::perms(0444)}) {
    fs::permissions(root(), bits);
    expect_remedy(error_as_nobody([&] { load_mnist(); }), root() / "train-images-idx3-ubyte",
                  "Permission denied", "check its permissions and those of the folders above it");
    expect_remedy(error_as_nobody([&] { load_cifar(); }), root() / "data_batch_1.bin",
                  "Permission denied", "check its permissions");
  }
  fs::permissions(folder_.path(), fs::perms::none);
  expect_remedy(error_as_nobody([&] { load_mnist(); }), root(), "Permission denied", "check its");
  expect_remedy(error_as_nobody([&] { load_cifar(); }), root(), "Permission denied", "check its");
}

TEST_F(UnreadableData, AFolderThatCannotBeListed) {
  fs::permissions(root(), fs::perms(0311));
  EXPECT_EQ(error_as_nobody([&] { load_mnist(); }), "") << "its names are known";
  fs::remove(root() / "train-labels-idx1-ubyte");
  expect_remedy(error_as_nobody([&] { load_mnist(); }), root(), "Permission denied", "check its");
}

TEST_F(UnreadableData, AFolderBelowThatCannotBeListed) {
  fs::rename(root(), folder_.path() / "other");
  fs::create_directories(root() / "closed");
  fs::permissions(root() / "closed", fs::perms::none);
  const std::string message = error_as_nobody([&] { load_mnist(); });
  EXPECT_NE(message.find("none of the four IDX files is there; " + (root() / "closed").string() +
                         " may not be looked into: check its permissions; put"),
            std::string::npos)
      << message;
  fs::rename(folder_.path() / "other", root() / "open");
  EXPECT_EQ(error_as_nobody([&] { load_mnist(); }), "");
}

TEST_F(UnreadableData, TooManyOpenFiles) {
  if (tests::kNeedsDescriptors) GTEST_SKIP() << "the sanitizer needs some itself";
  expect_remedy(error_without_descriptors([&] { load_mnist(); }),
                root() / "train-images-idx3-ubyte", "Too many open files", "raise the limit");
  expect_remedy(error_without_descriptors([&] { load_cifar(); }), root() / "data_batch_1.bin",
                "Too many open files", "raise the limit on open files (ulimit -n)");
}

TEST_F(UnreadableData, PathsTooLongOrInCircles) {
  const std::string name(300, 'a');
  const auto message = [](const std::string& path) {
    try {
      load_idx("mnist", path);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  expect_remedy(message(name), name, "File name too long", "use a shorter path");
  fs::create_symlink("circle", root() / "circle");
  expect_remedy(message((root() / "circle").string()), root() / "circle",
                "Too many levels of symbolic links", "mend the symbolic links");
}

}  // namespace
}  // namespace regrow

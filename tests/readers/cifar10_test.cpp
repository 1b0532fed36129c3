// CIFAR-10's binary files: what is read, and what each kind of bad file is told.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

#include "readers/data_files.h"
#include "regrow/dataset.h"
#include "regrow/load_dataset.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

constexpr std::size_t kRecords = 3;
constexpr const char* kGetElsewhere =
    "tools/get_cifar10.sh OTHER_FOLDER and name that folder with --data";

class Cifar10 : public testing::Test {
 protected:
  Cifar10() {
    for (std::size_t i = 1; i <= 5; ++i) write_bytes(file(i), cifar_file(kRecords, i));
    write_bytes(test_file(), cifar_file(kRecords, 6));
  }
  std::filesystem::path file(std::size_t i) const {
    return folder_.path() / ("data_batch_" + std::to_string(i) + ".bin");
  }
  std::filesystem::path test_file() const { return folder_.path() / "test_batch.bin"; }
  Dataset read() const { return load_cifar10(folder_.path().string()); }
  void expect_read_error(std::initializer_list<std::string> parts) const {
    expect_error([&] { read(); }, parts);
  }

  TempDir folder_;
};

TEST_F(Cifar10, ReadsEveryRecordInTheOrderOfTheFiles) {
  const Dataset dataset = read();
  EXPECT_EQ(dataset.name, "cifar10");
  EXPECT_EQ(dataset.shape, (ImageShape{3, 32, 32}));
  EXPECT_EQ(dataset.classes(), 10U);
  EXPECT_EQ(dataset.class_names[6], "frog");
  ASSERT_EQ(dataset.train.size(), 5 * kRecords);
  ASSERT_EQ(dataset.test.size(), kRecords);
  Bytes pixels;
  for (std::size_t i = 1; i <= 5; ++i) {
    for (std::size_t record = 0; record < kRecords; ++record) {
      EXPECT_EQ(dataset.train.labels[(i - 1) * kRecords + record], (record + i) % 10);
      const Bytes image = pattern(3072, i + record);
      pixels.insert(pixels.end(), image.begin(), image.end());
    }
  }
  EXPECT_EQ(dataset.train.bytes(), pixels);
  EXPECT_EQ(dataset.test.labels, (std::vector<std::uint16_t>{6, 7, 8}));
}

TEST_F(Cifar10, TakesTheFolderAboveAsTheArchiveUnpacks) {
  const TempDir parent;
  std::filesystem::rename(folder_.path(), parent.path() / "cifar-10-batches-bin");
  EXPECT_EQ(load_cifar10(parent.path().string()).train.size(), 5 * kRecords);
}

TEST_F(Cifar10, TakesClassNamesFromTheMetaFile) {
  write_bytes(folder_.path() / "batches.meta.txt",
              {'a', '\r', '\n', 'b',  '\n', 'c',  '\n', 'd',  '\n', 'e',  '\n',
               'f', '\n', 'g',  '\n', 'h',  '\n', 'i',  '\n', 'j',  '\n', '\n'});
  EXPECT_EQ(read().class_names.front(), "a");
  EXPECT_EQ(read().class_names.back(), "j");
  write_bytes(folder_.path() / "batches.meta.txt", {'a', '\n', 'b', '\n'});
  expect_read_error({"batches.meta.txt", "2 class names where 10 are due", "get_cifar10.sh"});
}

TEST_F(Cifar10, RefusesClassNamesThatAreNotUtf8) {
  write_bytes(folder_.path() / "batches.meta.txt", {'a', '\n', 'b', 0xE9, '\n'});
  expect_read_error({"batches.meta.txt", "class name 1 is not UTF-8", "get_cifar10.sh"});
}

TEST_F(Cifar10, RefusesAFileThatEndsWithinARecord) {
  std::filesystem::resize_file(file(3), 5000);
  expect_read_error({file(3).string(),
                     "truncated: 5,000 bytes are no whole number of records of 3,073",
                     kGetElsewhere});
  std::filesystem::resize_file(file(3), kRecords * kCifar10RecordBytes);
  std::filesystem::resize_file(test_file(), kRecords * kCifar10RecordBytes + 1);
  expect_read_error({test_file().string(), "9,220 bytes are no whole number", "get_cifar10.sh"});
}

TEST_F(Cifar10, IsToBeUnpackedWhereItIsGzipped) {
  write_gz(file(2), cifar_file(kRecords, 2));
  expect_read_error({file(2).string() + ": gzipped, though",
                     "; rename it to data_batch_2.bin.gz and unpack it with gunzip"});
}

TEST_F(Cifar10, RefusesAnEmptyFile) {
  std::filesystem::resize_file(file(1), 0);
  expect_read_error({file(1).string(), "truncated: it is empty"});
}

TEST_F(Cifar10, TakesFilesOfAnyNumberOfRecordsAndSaysSo) {
  write_bytes(file(2), cifar_file(1, 9));
  std::filesystem::remove(file(4));
  std::filesystem::remove(file(5));
  const Dataset dataset = read();
  ASSERT_EQ(dataset.train.size(), 2 * kRecords + 1);
  EXPECT_EQ(dataset.train.labels, (std::vector<std::uint16_t>{1, 2, 3, 9, 3, 4, 5}));
  EXPECT_EQ(dataset.notes,
            std::vector<std::string>{folder_.path().string() +
                                     ": 7 training and 3 test images, where all of CIFAR-10 are "
                                     "50,000 and 10,000"});
}

TEST_F(Cifar10, HasNothingToSayOfTheOfficialNumbers) {
  const auto put = [](const std::filesystem::path& path) {  // holes: black aeroplanes
    write_bytes(path, {});
    std::filesystem::resize_file(path, 10000 * kCifar10RecordBytes);
  };
  for (std::size_t i = 1; i <= 5; ++i) put(file(i));
  put(test_file());
  const Dataset dataset = read();
  EXPECT_EQ(dataset.train.size(), 50000U);
  EXPECT_TRUE(dataset.notes.empty());
}

TEST_F(Cifar10, RefusesALabelAboveNineWithItsRecord) {
  Bytes bytes = cifar_file(kRecords, 2);
  bytes[2 * kCifar10RecordBytes] = 10;
  write_bytes(file(2), bytes);
  expect_read_error({file(2).string(), "record 2", "label 10, not 0 to 9", "get_cifar10.sh"});
}

TEST_F(Cifar10, NamesAMissingFileAndTheRemedy) {
  std::filesystem::remove(file(4));
  expect_read_error({file(4).string(), "missing, though data_batch_5.bin is there", kGetElsewhere});
  std::filesystem::remove(test_file());
  std::filesystem::remove(file(5));
  expect_read_error({test_file().string() + ": missing; put it there, or get all of the data with ",
                     kGetElsewhere});
  write_bytes(test_file(), cifar_file(1, 0));
  for (const std::size_t i : {1, 2, 3}) std::filesystem::remove(file(i));
  expect_read_error({file(1).string() + ": missing; put it there, or get all"});
}

TEST_F(Cifar10, RefusesAFolderInPlaceOfAFile) {
  std::filesystem::remove(file(4));
  std::filesystem::create_directory(file(4));
  expect_read_error({file(4).string(), "not a file"});
}

TEST(Cifar10Folder, NamesAFolderThatDoesNotExist) {
  expect_error([] { load_cifar10("/no/such/folder"); },
               {"/no/such/folder: no such folder", "tools/get_cifar10.sh /no/such/folder"});
}

TEST(Cifar10Folder, AsksForAFolderWhereNoneIsNamed) {
  expect_error([] { load_cifar10(""); }, {"--data", "tools/get_cifar10.sh DIR"});
}

TEST_F(Cifar10, IsFoundInFoldersBelowUnlessThereAreSeveral) {
  const TempDir parent;
  std::filesystem::create_directories(parent.path() / "a" / "b");
  std::filesystem::rename(folder_.path(), parent.path() / "a" / "b" / "images");
  EXPECT_EQ(load_cifar10(parent.path().string()).train.size(), 5 * kRecords);
  std::filesystem::copy(parent.path() / "a", parent.path() / "c",
                        std::filesystem::copy_options::recursive);
  expect_error(
      [&] { load_cifar10(parent.path().string()); },
      {parent.path().string() + ": holds 2 data sets: ", "a/b/images, ", "c/b/images", "only one"});
}

TEST(Cifar10Folder, SaysWhichOtherVersionOrFormItHolds) {
  struct Case {
    std::string file;
    std::vector<std::string> parts;
  };
  for (const auto& [name, parts] : {
           Case{"cifar-10-batches-py/data_batch_1",
                {"cifar-10-batches-py: holds the Python version"}},
           Case{"cifar-10-batches-mat/data_batch_1.mat", {"the Matlab version"}},
           Case{"cifar-10-python.tar.gz", {"cifar-10-python.tar.gz: is not the binary version"}},
           Case{"cifar-10-binary.tar.gz",
                {"cifar-10-binary.tar.gz: is not unpacked", "/cifar-10-binary.tar.gz"}},
           Case{"cifar-100-binary/train.bin",
                {"cifar-100-binary: holds CIFAR-100; read it with --dataset cifar100"}},
           Case{"archive.zip", {"neither data_batch_1.bin nor", "archive.zip is not unpacked"}},
           Case{"a/train.parquet",
                {"below it (a)", "train.parquet is of a format that is not read"}},
       }) {
    const TempDir folder;
    const std::filesystem::path file = folder.path() / name;
    std::filesystem::create_directories(file.parent_path());
    write_bytes(file, {1, 2, 3});
    SCOPED_TRACE(name);
    for (const std::string& part : parts) {
      expect_error([&, where = folder.path().string()] { load_cifar10(where); },
                   {part, "tools/get_cifar10.sh " + folder.path().string()});
    }
  }
}

// The script refuses to fill a folder that is there, and what it made beside files would not be
// read.
TEST(Cifar10Folder, IsNotTheOneToFillWhereThatWouldNotHelp) {
  const TempDir folder;
  const auto load = [&] { load_cifar10(folder.path().string()); };
  expect_error(load, {"get the data with tools/get_cifar10.sh " + folder.path().string()});
  const std::filesystem::path below = folder.path() / "cifar-10-batches-bin";
  std::filesystem::create_directory(below);
  expect_error(load, {"neither data_batch_1.bin nor", "get the data with ", kGetElsewhere});
  write_bytes(below / "cifar-10-binary.tar.gz", {1, 2, 3});
  expect_error(load, {"unpack it with tools/get_cifar10.sh OTHER_FOLDER " +
                      (below / "cifar-10-binary.tar.gz").string() + " and name that folder"});
}

TEST(Cifar10Folder, IsQuotedInCommands) {
  const TempDir parent;
  const std::string folder = (parent.path() / "my data").string();
  expect_error([&] { load_cifar10(folder); },
               {"; get the data with tools/get_cifar10.sh '" + folder + "'"});
  std::filesystem::create_directory(folder);
  const std::string archive = folder + "/cifar-10-binary.tar.gz";
  write_bytes(archive, {1, 2, 3});
  expect_error([&] { load_cifar10(folder); },
               {"tools/get_cifar10.sh '" + folder + "' '" + archive + "'"});
  expect_error([&] { load_cifar10(archive); }, {"tools/get_cifar10.sh DIR '" + archive + "'"});
}

TEST_F(Cifar10, SaysWhatAFileIsInstead) {
  const std::string pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\n";
  write_bytes(file(2), Bytes(pointer.begin(), pointer.end()));
  expect_read_error({file(2).string() + ": is a git-lfs pointer, not a file of CIFAR-10",
                     "; fetch the file itself with git lfs pull"});
  write_bytes(folder_.path() / "batches.meta.txt", Bytes(pointer.begin(), pointer.end()));
  expect_read_error(
      {file(2).string() + ": is a git-lfs pointer"});  // not its number of class names
  Bytes page(2 * kCifar10RecordBytes, ' ');
  const std::string start = "<!DOCTYPE html>";
  std::copy(start.begin(), start.end(), page.begin());
  write_bytes(file(2), page);
  expect_read_error({file(2).string() + ": is a web page", "get_cifar10.sh"});
}

}  // namespace
}  // namespace regrow

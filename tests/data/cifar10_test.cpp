// CIFAR-10's binary files: what is read, and what each kind of bad file is told.
#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <string>

#include "data/data_files.h"
#include "regrow/dataset.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

constexpr std::size_t kRecords = 3;

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
  Dataset read() const { return read_cifar10(folder_.path().string(), kRecords); }
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
  EXPECT_EQ(dataset.train.pixels, pixels);
  EXPECT_EQ(dataset.test.labels, (std::vector<std::uint16_t>{6, 7, 8}));
}

TEST_F(Cifar10, TakesTheFolderAboveAsTheArchiveUnpacks) {
  const TempDir parent;
  std::filesystem::rename(folder_.path(), parent.path() / "cifar-10-batches-bin");
  EXPECT_EQ(read_cifar10(parent.path().string(), kRecords).train.size(), 5 * kRecords);
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

TEST_F(Cifar10, RefusesATruncatedFileWithBothSizes) {
  std::filesystem::resize_file(file(3), 5000);
  expect_read_error({file(3).string(), "truncated: 5,000 of 9,219 bytes",
                     "tools/get_cifar10.sh " + folder_.path().string()});
}

TEST_F(Cifar10, RefusesAnOversizedFileWithBothSizes) {
  std::filesystem::resize_file(test_file(), kRecords * kCifar10RecordBytes + 1);
  expect_read_error({test_file().string(), "oversized: 9,220 of 9,219 bytes", "get_cifar10.sh"});
}

TEST_F(Cifar10, RefusesAnEmptyFile) {
  std::filesystem::resize_file(file(1), 0);
  expect_read_error({file(1).string(), "truncated: 0 of 9,219 bytes"});
}

TEST_F(Cifar10, RefusesALabelAboveNineWithItsRecord) {
  Bytes bytes = cifar_file(kRecords, 2);
  bytes[2 * kCifar10RecordBytes] = 10;
  write_bytes(file(2), bytes);
  expect_read_error({file(2).string(), "record 2", "label 10, not 0 to 9", "get_cifar10.sh"});
}

TEST_F(Cifar10, NamesAMissingFileAndTheRemedy) {
  std::filesystem::remove(file(4));
  expect_read_error({file(4).string(), "missing", "get_cifar10.sh"});
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

TEST(Cifar10Folder, TakesOnlyTheOfficialNumberOfRecords) {
  const TempDir folder;
  write_bytes(folder.path() / "data_batch_1.bin", cifar_file(1, 0));
  expect_error([&] { load_cifar10(folder.path().string()); },
               {"data_batch_1.bin", "truncated: 3,073 of 30,730,000 bytes"});
}

}  // namespace
}  // namespace regrow

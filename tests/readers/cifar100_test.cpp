// CIFAR-100's binary files: what is read, and what each kind of bad file is told.
#include <gtest/gtest.h>

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

namespace fs = std::filesystem;

class Cifar100 : public testing::Test {
 protected:
  Cifar100() {
    write_bytes(train_file(), cifar100_file(3, 1));
    write_bytes(test_file(), cifar100_file(2, 95));
  }
  fs::path train_file() const { return folder_.path() / "train.bin"; }
  fs::path test_file() const { return folder_.path() / "test.bin"; }
  fs::path names_file() const { return folder_.path() / "fine_label_names.txt"; }
  Dataset read() const { return load_cifar100(folder_.path().string()); }
  void expect_read_error(std::initializer_list<std::string> parts) const {
    expect_error([&] { read(); }, parts);
  }

  TempDir folder_;
};

TEST_F(Cifar100, ReadsFineLabelsAndPixels) {
  const Dataset dataset = read();
  EXPECT_EQ(dataset.name, "cifar100");
  EXPECT_EQ(dataset.shape, (ImageShape{3, 32, 32}));
  EXPECT_TRUE(dataset.schema.is_image);
  EXPECT_EQ(dataset.train.labels, (std::vector<std::uint16_t>{1, 8, 15}));
  EXPECT_EQ(dataset.test.labels, (std::vector<std::uint16_t>{95, 2}));
  Bytes pixels;
  for (std::size_t record = 0; record < 3; ++record) {
    const Bytes image = pattern(3072, 1 + record);
    pixels.insert(pixels.end(), image.begin(), image.end());
  }
  EXPECT_EQ(dataset.train.bytes(), pixels);
  EXPECT_EQ(dataset.notes, std::vector<std::string>{
                               folder_.path().string() +
                               ": 3 training and 2 test images, where all of CIFAR-100 are 50,000 "
                               "and 10,000"});
}

TEST_F(Cifar100, HasNothingToSayOfTheOfficialNumbers) {
  fs::resize_file(train_file(), 50000 * kCifar100RecordBytes);  // holes
  fs::resize_file(test_file(), 10000 * kCifar100RecordBytes);
  const Dataset dataset = read();
  EXPECT_EQ(dataset.train.size(), 50000U);
  EXPECT_TRUE(dataset.notes.empty());
}

TEST_F(Cifar100, ClassesHaveNamesWhereTheirFileIsThere) {
  EXPECT_EQ(read().classes(), 100U);
  EXPECT_EQ(read().class_names[42], "42");
  std::string names;
  for (int i = 0; i < 100; ++i) names += "class " + std::to_string(i) + "\n";
  write_bytes(names_file(), Bytes(names.begin(), names.end()));
  EXPECT_EQ(read().class_names[42], "class 42");
  write_bytes(names_file(), {'a', '\n'});
  expect_read_error({names_file().string() + ": 1 class names where 100 are due"});
  write_bytes(names_file(), Bytes(70000, 'a'));
  expect_read_error({"too large for the names of 100 classes"});
}

TEST_F(Cifar100, IsFoundInFoldersBelow) {
  const TempDir parent;
  fs::rename(folder_.path(), parent.path() / "cifar-100-binary");
  EXPECT_EQ(load_cifar100(parent.path().string()).train.size(), 3U);
  fs::create_directory(parent.path() / "a");
  fs::rename(parent.path() / "cifar-100-binary", parent.path() / "a" / "b");
  EXPECT_EQ(load_cifar100(parent.path().string()).train.size(), 3U);
  fs::copy(parent.path() / "a", parent.path() / "c", fs::copy_options::recursive);
  expect_error([&] { load_cifar100(parent.path().string()); },
               {parent.path().string() + ": holds 2 data sets: ", "only one"});
}

TEST_F(Cifar100, IsReadByItsNameInAConfiguration) {
  DataConfig config;
  config.dataset = DatasetName::kCifar100;
  config.data = folder_.path().string();
  EXPECT_EQ(load_samples(config).train.size(), 3U);
}

TEST_F(Cifar100, RefusesLabelsThatThereAreNot) {
  Bytes bytes = cifar100_file(3, 1);
  bytes[kCifar100RecordBytes] = 20;
  write_bytes(train_file(), bytes);
  expect_read_error({train_file().string(), "corrupt: record 1", "has label 20, not 0 to 19",
                     "cifar-100-binary.tar.gz"});
  bytes[kCifar100RecordBytes] = 19;
  bytes[kCifar100RecordBytes + 1] = 100;
  write_bytes(train_file(), bytes);
  expect_read_error({"has label 100, not 0 to 99"});
}

TEST_F(Cifar100, RefusesAFileThatIsCutOffOrMissing) {
  const Bytes whole = cifar100_file(2, 0);
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, kCifar100RecordBytes - 1,
                                  kCifar100RecordBytes + 1, 2 * kCifar100RecordBytes - 1}) {
    write_bytes(test_file(), {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes)});
    expect_read_error({test_file().string() + ": truncated: "});
  }
  fs::remove(test_file());
  expect_read_error({test_file().string() + ": missing"});
}

TEST(Cifar100Folder, SaysWhatItHoldsInstead) {
  struct Case {
    std::string file;
    std::string part;
  };
  for (const auto& [name, part] : {
           Case{"cifar-100-python/train", "holds the Python version of CIFAR-100; download"},
           Case{"cifar-100-python.tar.gz", "is not the binary version of CIFAR-100"},
           Case{"cifar-100-binary.tar.gz", "cifar-100-binary.tar.gz: is not unpacked"},
           Case{"a/test_batch.bin", "a: holds CIFAR-10; read it with --dataset cifar10"},
           Case{"data.zip", "neither train.bin nor test.bin is there; "},
       }) {
    SCOPED_TRACE(name);
    const TempDir folder;
    fs::create_directories((folder.path() / name).parent_path());
    write_bytes(folder.path() / name, {1});
    expect_error([&] { load_cifar100(folder.path().string()); }, {part});
  }
  expect_error([] { load_cifar100(""); }, {"cifar100: no data folder: name it with --data"});
  expect_error([] { load_cifar100("/no/such/folder"); }, {"/no/such/folder: no such folder"});
}

}  // namespace
}  // namespace regrow

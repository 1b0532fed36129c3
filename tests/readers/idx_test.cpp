// IDX files, plain and gzipped: what is read, and what each kind of bad file is told.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

#include "readers/data_files.h"
#include "regrow/dataset.h"
#include "regrow/error.h"
#include "regrow/load_dataset.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

constexpr std::uint32_t kHeight = 5, kWidth = 4;
constexpr std::size_t kPixels = 20;
constexpr std::uint32_t kTrain = 7, kTest = 3;

class Idx : public testing::Test {
 protected:
  Idx() {
    write_gz(gz("train-images-idx3"), images(kTrain, 1));
    write_gz(gz("train-labels-idx1"), idx_file({kTrain}, {0, 1, 2, 3, 4, 5, 9}));
    write_gz(gz("t10k-images-idx3"), images(kTest, 2));
    write_gz(gz("t10k-labels-idx1"), idx_file({kTest}, {9, 0, 4}));
  }
  static Bytes images(std::uint32_t count, std::size_t salt) {
    return idx_file({count, kHeight, kWidth}, pattern(count * kPixels, salt));
  }
  std::filesystem::path plain(const std::string& name) const {
    return folder_.path() / (name + "-ubyte");
  }
  std::filesystem::path gz(const std::string& name) const {
    return folder_.path() / (name + "-ubyte.gz");
  }
  Dataset read() const { return load_idx("mnist", folder_.path().string()); }
  void expect_read_error(std::initializer_list<std::string> parts) const {
    expect_error([&] { read(); }, parts);
  }

  TempDir folder_;
};

TEST_F(Idx, ReadsGzippedFiles) {
  const Dataset dataset = read();
  EXPECT_EQ(dataset.name, "mnist");
  EXPECT_EQ(dataset.shape, (ImageShape{1, kHeight, kWidth}));
  EXPECT_EQ(dataset.class_names.at(7), "7");
  EXPECT_EQ(dataset.train.bytes(), pattern(kTrain * kPixels, 1));
  EXPECT_EQ(dataset.train.labels, (std::vector<std::uint16_t>{0, 1, 2, 3, 4, 5, 9}));
  EXPECT_EQ(dataset.test.bytes(), pattern(kTest * kPixels, 2));
  EXPECT_EQ(dataset.test.labels, (std::vector<std::uint16_t>{9, 0, 4}));
}

TEST_F(Idx, ReadsPlainFilesToTheSame) {
  const Dataset gzipped = read();
  write_bytes(plain("train-images-idx3"), images(kTrain, 1));
  write_bytes(plain("train-labels-idx1"), idx_file({kTrain}, {0, 1, 2, 3, 4, 5, 9}));
  std::filesystem::remove(gz("train-images-idx3"));
  std::filesystem::remove(gz("train-labels-idx1"));
  EXPECT_EQ(read().train.bytes(), gzipped.train.bytes());
  EXPECT_EQ(read().train.labels, gzipped.train.labels);
}

TEST_F(Idx, FashionMnistHasItsOwnClassNames) {
  const Dataset dataset = load_idx("fashion_mnist", folder_.path().string());
  EXPECT_EQ(dataset.name, "fashion_mnist");
  EXPECT_EQ(dataset.class_names.at(9), "Ankle boot");
}

TEST_F(Idx, RefusesATruncatedPlainFileWithBothSizes) {
  Bytes bytes = images(kTrain, 1);
  bytes.resize(100);
  write_bytes(plain("train-images-idx3"), bytes);
  expect_read_error(
      {plain("train-images-idx3").string() + ": truncated: 100 of 156 bytes", "download it again"});
}

TEST_F(Idx, RefusesAHeaderCutShort) {
  write_gz(gz("train-images-idx3"), {0, 0, 8, 3, 0, 0});
  expect_read_error({gz("train-images-idx3").string(), "truncated: 6 of at least 8 bytes"});
}

TEST_F(Idx, RefusesEmptyFiles) {
  write_bytes(plain("train-images-idx3"), {});
  expect_read_error({plain("train-images-idx3").string(), "truncated: 0 of"});
  std::filesystem::remove(plain("train-images-idx3"));
  write_bytes(gz("train-images-idx3"), {});
  expect_read_error(
      {gz("train-images-idx3").string(), "truncated: a gzip file has more than 0 bytes"});
}

TEST_F(Idx, RefusesAnOversizedPlainFile) {
  Bytes bytes = images(kTrain, 1);
  bytes.push_back(0);
  write_bytes(plain("train-images-idx3"), bytes);
  expect_read_error({plain("train-images-idx3").string(), "oversized: 157 of 156 bytes"});
}

TEST_F(Idx, RefusesGzippedDataThatGoesOnTooLong) {
  Bytes bytes = images(kTrain, 1);
  bytes.push_back(0);
  write_gz(gz("train-images-idx3"), bytes);
  expect_read_error({gz("train-images-idx3").string(), "oversized", "156 bytes"});
}

TEST_F(Idx, RefusesGzippedDataThatEndsTooSoon) {
  Bytes bytes = images(kTrain, 1);
  bytes.pop_back();
  write_gz(gz("train-images-idx3"), bytes);
  expect_read_error({gz("train-images-idx3").string() + ": truncated: 155 of 156 bytes"});
}

// Wherever the file is cut: in gzip's header, the data or the checksum at the end.
TEST_F(Idx, RefusesAGzipFileCutAnywhere) {
  const Bytes whole = read_bytes(gz("train-images-idx3"));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_bytes(gz("train-images-idx3"),
                Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    SCOPED_TRACE(size);
    expect_read_error({gz("train-images-idx3").string(), "; download it again"});
  }
}

TEST_F(Idx, RefusesAGzipFileWithAWrongByteInDataOrChecksum) {
  const Bytes whole = read_bytes(gz("train-images-idx3"));
  for (std::size_t i = 10; i < whole.size(); ++i) {  // gzip's own header has 10 bytes
    Bytes damaged = whole;
    damaged[i] ^= 0x55;
    write_bytes(gz("train-images-idx3"), damaged);
    SCOPED_TRACE(i);
    expect_read_error({gz("train-images-idx3").string(), "; download it again"});
  }
  Bytes wrong_checksum = whole;
  wrong_checksum[whole.size() - 8] ^= 1;
  write_bytes(gz("train-images-idx3"), wrong_checksum);
  expect_read_error({"corrupt: the data do not have their checksum", "; download it again"});
  Bytes wrong_length = whole;
  wrong_length.back() ^= 1;
  write_bytes(gz("train-images-idx3"), wrong_length);
  expect_read_error({"corrupt: the data do not have the length", "; download it again"});
}

TEST_F(Idx, RefusesWhatFollowsTheGzippedData) {
  const std::filesystem::path path = gz("train-images-idx3");
  const Bytes whole = read_bytes(path);
  for (const std::string& rest : {std::string("not gzip"), std::string(512, '\0'), std::string("x"),
                                  std::string("\x1f"), std::string(1 << 18, 'x')}) {
    Bytes longer = whole;
    longer.insert(longer.end(), rest.begin(), rest.end());
    write_bytes(path, longer);
    SCOPED_TRACE(rest.substr(0, 8));
    expect_read_error({path.string(),
                       rest == "\x1f" ? "truncated" : "trailing bytes follow the compressed data",
                       "; download it again"});
  }
}

TEST_F(Idx, ReadsAGzipFileOfSeveralMembers) {
  const std::filesystem::path path = gz("train-images-idx3");
  const Bytes bytes = images(kTrain, 1);
  Bytes members;
  for (const std::size_t begin : {0, 10, 60}) {
    const std::size_t end = begin == 0 ? 10 : begin == 10 ? 60 : bytes.size();
    write_gz(path, Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                         bytes.begin() + static_cast<std::ptrdiff_t>(end)));
    const Bytes member = read_bytes(path);
    members.insert(members.end(), member.begin(), member.end());
  }
  write_bytes(path, members);
  EXPECT_EQ(read().train.bytes(), pattern(kTrain * kPixels, 1));
}

// zlib hands out what fills a large buffer without a look at the checksum behind it.
TEST_F(Idx, ChecksTheChecksumOfLargeFilesToo) {
  const std::filesystem::path path = gz("train-images-idx3");
  write_gz(path, idx_file({1, 1000, 1000}, pattern(1000000, 1)));
  const Bytes whole = read_bytes(path);
  Bytes wrong_checksum = whole;
  wrong_checksum[whole.size() - 8] ^= 1;
  write_bytes(path, wrong_checksum);
  expect_read_error({path.string(), "corrupt: the data do not have their checksum"});
  for (const int missing : {1, 4, 8}) {
    write_bytes(path, Bytes(whole.begin(), whole.end() - missing));
    expect_read_error({path.string(), "truncated: the checksum at its end is missing"});
  }
}

TEST_F(Idx, RefusesGzippedDataUnderAPlainName) {
  std::filesystem::rename(gz("train-images-idx3"), plain("train-images-idx3"));
  expect_read_error({plain("train-images-idx3").string(), "gzipped, though its name"});
}

TEST_F(Idx, RefusesAnotherMagicNumber) {
  write_gz(gz("train-images-idx3"), idx_file({kTrain}, pattern(kTrain, 0)));
  expect_read_error({gz("train-images-idx3").string(), "0x00000801", "download it again"});
}

TEST_F(Idx, AllocatesNothingOnTheWordOfAHeader) {
  write_gz(gz("train-images-idx3"), idx_file({0xFFFFFFFF, 4096, 4096}, pattern(100, 1)));
  expect_read_error({gz("train-images-idx3").string(), "corrupt header", "can hold"});
  // All four bytes of the count have a part in the size that is missed.
  write_bytes(plain("train-images-idx3"), idx_file({0x81828384, 4096, 4096}, pattern(100, 1)));
  expect_read_error(
      {plain("train-images-idx3").string(), "truncated: 116 of 36,453,773,362,593,808 bytes"});
}

TEST_F(Idx, RefusesImpossibleSides) {
  write_gz(gz("train-images-idx3"), idx_file({1, 0, 28}, {}));
  expect_read_error({gz("train-images-idx3").string(), "corrupt header: images of 0×28"});
  write_gz(gz("train-images-idx3"), idx_file({1, 28, 4097}, {}));
  expect_read_error({gz("train-images-idx3").string(), "corrupt header: images of 28×4097"});
}

TEST_F(Idx, RefusesFilesWithoutImages) {
  write_gz(gz("train-images-idx3"), idx_file({0, kHeight, kWidth}, {}));
  expect_read_error({gz("train-images-idx3").string(), "no images"});
}

TEST_F(Idx, RefusesALabelAboveNineOfFashionMnist) {
  write_gz(gz("train-labels-idx1"), idx_file({kTrain}, {0, 1, 2, 10, 4, 5, 6}));
  expect_error([&] { load_idx("fashion_mnist", folder_.path().string()); },
               {gz("train-labels-idx1").string(), "label 3",
                "is 10, but Fashion-MNIST's are 0 to 9", "--dataset mnist"});
}

TEST_F(Idx, HasAsManyClassesAsThereAreLabelsAboveNine) {
  const auto put = [&](std::uint32_t count, std::uint8_t first) {
    Bytes labels;
    for (std::uint32_t i = 0; i < count; ++i)
      labels.push_back(static_cast<std::uint8_t>(first + i));
    write_gz(gz("train-images-idx3"), images(count, 1));
    write_gz(gz("train-labels-idx1"), idx_file({count}, labels));
    write_gz(gz("t10k-labels-idx1"), idx_file({kTest}, {first, 10, 11}));
  };
  put(47, 0);  // EMNIST Balanced
  EXPECT_EQ(read().classes(), 47U);
  EXPECT_EQ(read().class_names.back(), "46");
  EXPECT_EQ(read().train.labels.back(), 46);
  put(26, 1);  // EMNIST Letters
  const Dataset letters = read();
  EXPECT_EQ(letters.classes(), 26U);
  EXPECT_EQ(letters.class_names.front(), "1");
  EXPECT_EQ(letters.class_names.back(), "26");
  EXPECT_EQ(letters.train.labels.front(), 0);
  EXPECT_EQ(letters.train.labels.back(), 25);
  EXPECT_EQ(letters.test.labels, (std::vector<std::uint16_t>{0, 9, 10}));
  put(11, 0);
  EXPECT_EQ(read().classes(), 12U);  // 11 is in the test set alone
}

TEST_F(Idx, RefusesLabelsWithAGap) {
  write_gz(gz("train-labels-idx1"), idx_file({kTrain}, {0, 1, 2, 200, 4, 5, 6}));
  expect_read_error({gz("train-labels-idx1").string(), "labels go up to 200, but no image", "has 3",
                     "download the data again"});
  write_gz(gz("train-labels-idx1"), idx_file({kTrain}, {0, 1, 2, 3, 4, 5, 9}));
  write_gz(gz("t10k-labels-idx1"), idx_file({kTest}, {9, 46, 4}));
  expect_read_error({gz("t10k-labels-idx1").string(),
                     "labels go up to 46, but no image, of the training set neither, has 6"});
}

TEST_F(Idx, RefusesMoreOrFewerLabelsThanImages) {
  write_gz(gz("t10k-labels-idx1"), idx_file({2}, {0, 1}));
  expect_read_error(
      {gz("t10k-labels-idx1").string(), "2 labels for the 3 images of t10k-images-idx3-ubyte.gz"});
}

TEST_F(Idx, RefusesTestImagesOfAnotherSize) {
  write_gz(gz("t10k-images-idx3"), idx_file({kTest, 4, 4}, pattern(std::size_t{kTest} * 16, 2)));
  expect_read_error({folder_.path().string(), "test images of 4×4 pixels", "5×4"});
}

TEST_F(Idx, NamesAMissingFile) {
  std::filesystem::remove(gz("t10k-labels-idx1"));
  expect_read_error({plain("t10k-labels-idx1").string(), "missing", "--data"});
}

TEST_F(Idx, ReadsGzippedFilesUnderAPlainNameOnceRenamed) {
  std::filesystem::rename(gz("train-images-idx3"), plain("train-images-idx3"));
  try {
    read();
    ADD_FAILURE() << "it is read";
  } catch (const Error& error) {
    EXPECT_TRUE(std::string(error.what()).ends_with("; rename it to train-images-idx3-ubyte.gz"))
        << error.what();
  }
  write_bytes(gz("train-images-idx3"), images(kTrain, 1));
  std::filesystem::remove(plain("train-images-idx3"));
  expect_read_error(
      {"not gzipped, though its name ends in .gz; rename it to train-images-idx3-ubyte"});
}

TEST_F(Idx, SaysWhatAFileIsInstead) {
  struct Case {
    std::string start;
    std::string what;
  };
  const auto file = plain("train-images-idx3");
  for (const auto& [start, what] : {
           Case{"version https://git-lfs.github.com/spec/v1\n",
                "is a git-lfs pointer, not an IDX file of bytes in 3 dimensions; fetch the file "
                "itself with git lfs pull"},
           Case{"PK\x03\x04", "is a ZIP archive, not an IDX file"},
           Case{"\x93NUMPY", "is a NumPy array (.npy), not an IDX file"},
           Case{"<html>", "is a web page, such as"},
           Case{"404: Not Found\n", "is text that begins with `404: Not Found`, not an IDX file"},
       }) {
    Bytes bytes(start.begin(), start.end());
    write_bytes(file, bytes);
    expect_read_error({file.string() + ": " + what});
  }
  std::filesystem::remove(file);
  const std::string page = "<!doctype HTML><title>Sign in</title>";
  write_bytes(gz("train-images-idx3"), Bytes(page.begin(), page.end()));
  expect_read_error({gz("train-images-idx3").string() + ": is a web page", "not a gzip file"});
  Bytes archive(1024, 0);
  archive[0] = 'a';
  const std::string magic = "ustar";
  std::copy(magic.begin(), magic.end(), archive.begin() + 257);
  write_gz(gz("train-images-idx3"), archive);
  expect_read_error({"is within its gzip file a tar archive, not an IDX file", "unpack it first"});
}

/// The four files under other names, in other folders.
class IdxPlaces : public Idx {
 protected:
  std::filesystem::path root() const { return folder_.path(); }

  /// `rename` gives a path below the root for "train-images-idx3-ubyte" and its like; its last
  /// letters say whether the file is gzipped.
  template <typename Rename>
  void move_files(const Rename& rename) const {
    for (const std::string name :
         {"train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"}) {
      const std::filesystem::path place = root() / rename(name + "-ubyte");
      std::filesystem::create_directories(place.parent_path());
      std::filesystem::rename(gz(name), place);
    }
  }
  void copy_files(const std::string& folder, const std::string& prefix = "") const {
    std::filesystem::create_directories(root() / folder);
    for (const std::string name :
         {"train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"}) {
      std::filesystem::copy(gz(name), root() / folder / (prefix + name + "-ubyte.gz"));
    }
  }
  void remove_files() const {
    for (const std::string name :
         {"train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"}) {
      std::filesystem::remove(gz(name));
    }
  }
  /// Makes the data below `folder` another set than what else there is.
  void mark(const std::string& folder) const {
    write_gz(root() / folder / "t10k-labels-idx1-ubyte.gz", idx_file({kTest}, {1, 2, 3}));
  }
  static bool is_marked(const Dataset& dataset) { return dataset.test.labels[0] == 1; }
  void expect_read() const { EXPECT_EQ(read().train.bytes(), pattern(kTrain * kPixels, 1)); }
};

std::string with_point(std::string name) {
  name[name.find("-idx")] = '.';
  return name;
}

TEST_F(IdxPlaces, TakesThePointOfFilesOutOfTheirGz) {
  move_files([](const std::string& name) { return with_point(name) + ".gz"; });
  expect_read();
}

TEST_F(IdxPlaces, TakesEmnistsNames) {
  move_files([](std::string name) {
    if (name.starts_with("t10k")) name.replace(0, 4, "test");
    return "emnist-letters-" + name + ".gz";
  });
  expect_read();
}

TEST_F(IdxPlaces, FindsFilesInFoldersOfTheirOwnNames) {
  move_files([](const std::string& name) { return name + "/" + name + ".gz"; });
  expect_read();
  std::filesystem::create_directories(root() / "deeper" / "archive");
  for (const auto& entry : std::filesystem::directory_iterator(root())) {
    if (entry.path().filename() == "deeper") continue;
    std::filesystem::rename(entry.path(), root() / "deeper" / "archive" / entry.path().filename());
  }
  expect_read();
}

TEST_F(IdxPlaces, PrefersFilesOutsideOfFoldersOfTheirOwnNames) {
  copy_files("train-images.idx3-ubyte");  // as a folder of any other name
  for (const std::string name :
       {"train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"}) {
    std::filesystem::create_directory(plain(name));
    write_bytes(plain(name) / (name + "-ubyte"), {1, 2, 3});
  }
  expect_read();
}

TEST_F(IdxPlaces, TakesTheSetOfItsNameFromTorchvisionsFolders) {
  copy_files("MNIST/raw");
  copy_files("FashionMNIST/raw");
  copy_files("KMNIST/raw");
  remove_files();
  mark("FashionMNIST/raw");
  const auto load = [&](const std::string& name, const std::string& folder) {
    return load_idx(name, (root() / folder).string());
  };
  EXPECT_FALSE(is_marked(load("mnist", "")));
  EXPECT_TRUE(is_marked(load("fashion_mnist", "")));
  for (const std::string folder : {"FashionMNIST", "FashionMNIST/raw", "FashionMNIST/raw/"}) {
    EXPECT_TRUE(is_marked(load("fashion_mnist", folder)));
    EXPECT_TRUE(is_marked(load("mnist", folder))) << "named itself, it is read as asked";
  }
}

TEST_F(IdxPlaces, DoesNotTakeAnotherSetOfTheFamily) {
  copy_files("KMNIST/raw");
  copy_files("EMNIST/raw", "emnist-letters-");
  remove_files();
  expect_read_error({root().string() + ": holds 2 data sets: ", "KMNIST/raw",
                     "EMNIST/raw/emnist-letters-*", "; give --data a folder with only one"});
  expect_error([&] { load_idx("fashion_mnist", root().string()); },
               {root().string() + ": holds ", "KMNIST/raw", "but no fashion_mnist"});
  std::filesystem::remove_all(root() / "EMNIST");
  expect_read();
}

TEST_F(IdxPlaces, LeavesAChoiceOfSeveralToThePerson) {
  copy_files(".", "emnist-letters-");
  copy_files(".", "emnist-digits-");
  expect_read();  // the files without a prefix are the ones that were always read
  remove_files();
  expect_read_error(
      {root().string() + ": holds 2 data sets: emnist-digits-*, emnist-letters-*", "only one"});
}

TEST_F(IdxPlaces, DoesNotFillAGapFromAFolderBelow) {
  copy_files("old");
  std::filesystem::remove(gz("t10k-labels-idx1"));
  expect_read_error({plain("t10k-labels-idx1").string() +
                     ": missing, and t10k-labels-idx1-ubyte.gz too, "
                     "though train-images-idx3-ubyte.gz is there"});
}

TEST_F(IdxPlaces, TakesASlashAtTheEndForNothing) {
  copy_files("old");
  const std::string slashed = folder_.path().string() + "/";
  EXPECT_EQ(load_idx("mnist", slashed).train.size(), kTrain);
  std::filesystem::remove(gz("t10k-labels-idx1"));
  expect_error([&] { load_idx("mnist", slashed); },
               {plain("t10k-labels-idx1").string() + ": missing"});
}

TEST_F(IdxPlaces, SaysWhereItLookedForWhichNames) {
  remove_files();
  std::filesystem::create_directories(root() / "a" / "b");
  expect_read_error(
      {root().string() + ": none of the four IDX files is there, nor in the 2 folders below "
                         "it (a, a/b); put",
       "train-images-idx3-ubyte", "train-images.idx3-ubyte", "test for t10k", "--data"});
  write_bytes(root() / "a" / "gzip.zip", {1});
  expect_read_error({(root() / "a" / "gzip.zip").string() + " is not unpacked"});
  expect_error([&] { load_idx("mnist", (root() / "a" / "gzip.zip").string()); },
               {"gzip.zip: is an archive, not a folder; unpack it"});
}

TEST_F(IdxPlaces, FollowsLinksButNotInCircles) {
  copy_files("real/MNIST");
  remove_files();
  std::filesystem::create_directory_symlink(root(), root() / "real" / "again");
  std::filesystem::create_directory(root() / "start");
  std::filesystem::create_directory_symlink(root() / "real", root() / "start" / "link");
  expect_read();
  EXPECT_EQ(load_idx("mnist", (root() / "start").string()).train.size(), kTrain);
  std::filesystem::create_symlink("/no/such/file", gz("train-images-idx3"));
  expect_error([&] { load_idx("mnist", (root() / "real" / "again" / "nothing").string()); },
               {"no such folder"});
}

TEST_F(IdxPlaces, SaysThatALinkLeadsNowhere) {
  std::filesystem::remove(gz("train-images-idx3"));
  std::filesystem::create_symlink("/no/such/file", gz("train-images-idx3"));
  expect_read_error({gz("train-images-idx3").string() + ": is a symbolic link that leads nowhere"});
}

TEST_F(IdxPlaces, LooksOnlySoDeep) {
  move_files([](const std::string& name) { return "1/2/3/4/5/" + name + ".gz"; });
  expect_read_error({"none of the four IDX files is there", "4 levels were looked at"});
  EXPECT_EQ(load_idx("mnist", (root() / "1").string()).train.size(), kTrain);
}

TEST(IdxFolder, NamesAFolderThatDoesNotExist) {
  expect_error([] { load_idx("fashion_mnist", "/no/such/folder"); },
               {"/no/such/folder: no such folder", "apt install dataset-fashion-mnist"});
  expect_error([] { load_idx("mnist", ""); }, {"mnist", "train-images-idx3-ubyte", "--data"});
}

}  // namespace
}  // namespace regrow

// IDX files, plain and gzipped: what is read, and what each kind of bad file is told.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>

#include "data/data_files.h"
#include "regrow/dataset.h"
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
  EXPECT_EQ(dataset.train.pixels, pattern(kTrain * kPixels, 1));
  EXPECT_EQ(dataset.train.labels, (std::vector<std::uint16_t>{0, 1, 2, 3, 4, 5, 9}));
  EXPECT_EQ(dataset.test.pixels, pattern(kTest * kPixels, 2));
  EXPECT_EQ(dataset.test.labels, (std::vector<std::uint16_t>{9, 0, 4}));
}

TEST_F(Idx, ReadsPlainFilesToTheSame) {
  const Dataset gzipped = read();
  write_bytes(plain("train-images-idx3"), images(kTrain, 1));
  write_bytes(plain("train-labels-idx1"), idx_file({kTrain}, {0, 1, 2, 3, 4, 5, 9}));
  std::filesystem::remove(gz("train-images-idx3"));
  std::filesystem::remove(gz("train-labels-idx1"));
  EXPECT_EQ(read().train.pixels, gzipped.train.pixels);
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
  expect_read_error({gz("train-images-idx3").string(), "not a gzip file", "download it again"});
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
  expect_read_error({"corrupt: the compressed data is damaged"});
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
                       rest.size() > 1 ? "something follows the compressed data" : "",
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
  EXPECT_EQ(read().train.pixels, pattern(kTrain * kPixels, 1));
}

// zlib hands out what fills a large buffer without a look at the checksum behind it.
TEST_F(Idx, ChecksTheChecksumOfLargeFilesToo) {
  const std::filesystem::path path = gz("train-images-idx3");
  write_gz(path, idx_file({1, 1000, 1000}, pattern(1000000, 1)));
  const Bytes whole = read_bytes(path);
  Bytes wrong_checksum = whole;
  wrong_checksum[whole.size() - 8] ^= 1;
  write_bytes(path, wrong_checksum);
  expect_read_error({path.string(), "corrupt: the compressed data is damaged"});
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

TEST_F(Idx, RefusesALabelAboveNine) {
  write_gz(gz("train-labels-idx1"), idx_file({kTrain}, {0, 1, 2, 10, 4, 5, 6}));
  expect_read_error(
      {gz("train-labels-idx1").string(), "label 3", "is 10, not 0 to 9", "download it again"});
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

TEST(IdxFolder, NamesAFolderThatDoesNotExist) {
  expect_error([] { load_idx("fashion_mnist", "/no/such/folder"); },
               {"/no/such/folder: no such folder", "apt install dataset-fashion-mnist"});
  expect_error([] { load_idx("mnist", ""); }, {"mnist", "train-images-idx3-ubyte", "--data"});
}

}  // namespace
}  // namespace regrow

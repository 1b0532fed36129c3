#include "readers/libsvm.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "readers/data_files.h"
#include "readers/text_file.h"
#include "regrow/error.h"

namespace regrow {
namespace {

RawData read_svm(std::string_view text, const ReadRequest& request = {}) {
  const TextFile file(text, "data.svm");
  ByteSource source(file.path().string());
  return read_libsvm(source, request);
}

const SparseRows& sparse(const RawData& data) { return std::get<SparseRows>(data.train.features); }

std::vector<double> labels_of(const RawData& data) {
  return std::get<NumberAnswers>(data.train.answers).values;
}

TEST(Libsvm, RowsOfIndicesFromOne) {
  const RawData data = read_svm("+1 1:0.5 3:-2e1 \n-1\t2:1 # 9:9\n\n# all of it\n0 3:1\r\n2.5");
  EXPECT_EQ(data.train.samples, 4U);
  EXPECT_EQ(data.train.shape, (ImageShape{1, 1, 3}));
  EXPECT_EQ(sparse(data), (SparseRows{.row_begin = {0, 2, 3, 4, 4},
                                      .columns = {0, 2, 1, 2},
                                      .values = {0.5F, -20, 1, 1}}));
  EXPECT_EQ(labels_of(data), (std::vector<double>{1, -1, 0, 2.5}));
  EXPECT_FALSE(data.train.schema.is_image);
  EXPECT_FALSE(data.train.schema.zero_based);
  EXPECT_TRUE(data.notes.empty());
}

TEST(Libsvm, AnyIndexOfZeroMakesThemCountFromZero) {
  const RawData data = read_svm("1 1:5 3:7\n1 0:2\n");
  EXPECT_TRUE(data.train.schema.zero_based);
  EXPECT_EQ(data.train.shape.width, 4U);
  EXPECT_EQ(sparse(data).columns, (std::vector<std::uint32_t>{1, 3, 0}));
}

TEST(Libsvm, IndicesInAnyOrderAreSorted) {
  const RawData data = read_svm("1 3:3 1:1 2:2\n");
  EXPECT_EQ(sparse(data).columns, (std::vector<std::uint32_t>{0, 1, 2}));
  EXPECT_EQ(sparse(data).values, (std::vector<float>{1, 2, 3}));
}

TEST(Libsvm, AZeroIsAFeatureThatIsNotStored) {
  const RawData data = read_svm("1 1:1 9:0\n1 2:-0 3:1e-400\n");
  EXPECT_EQ(data.train.shape.width, 9U) << "it counts";
  EXPECT_EQ(sparse(data).columns, std::vector<std::uint32_t>{0});
}

TEST(Libsvm, SoManyFeaturesAsAreAskedFor) {
  EXPECT_EQ(read_svm("1 3:1\n", {.libsvm_features = 10}).train.shape.width, 10U);
  EXPECT_EQ(read_svm("1 3:1\n", {.libsvm_features = 3}).train.shape.width, 3U);
  EXPECT_EQ(read_svm("1 \n", {.libsvm_features = 3}).train.shape.width, 3U);
  expect_error(
      [] { read_svm("1 1:1\n1 4:1\n1 2:1\n", {.libsvm_features = 3}); },
      {"data.svm: line 2: the index 4 is above those of 3 features, counted from 1; give"});
  expect_error([] { read_svm("1 3:1\n1 0:1\n", {.libsvm_features = 3}); },
               {"line 1: the index 3 is above those of 3 features, counted from 0"});
}

TEST(Libsvm, UnseenSamplesAreCountedAsTheTrainingDataWere) {
  const TrainedOn from_one = trained_on(read_svm("1 1:1 3:1\n"), {"0", "1"});
  const TrainedOn from_zero = trained_on(read_svm("1 0:1 3:1\n"), {"0", "1"});
  RawData data = read_svm("1 2:1\n", {.known = &from_one});
  EXPECT_EQ(data.train.shape.width, 3U);
  EXPECT_EQ(sparse(data).columns, std::vector<std::uint32_t>{1});
  // No line has the index 0, yet.
  data = read_svm("1 2:1\n", {.known = &from_zero});
  EXPECT_EQ(data.train.shape.width, 4U);
  EXPECT_EQ(sparse(data).columns, std::vector<std::uint32_t>{2});
  EXPECT_TRUE(data.train.schema.zero_based);
  expect_error([&] { read_svm("1 2:1\n1 0:1\n", {.known = &from_one}); },
               {"line 2: has the index 0, and the training data counted from 1"});
  expect_error([&] { read_svm("1 2:1\n1 4:1\n", {.known = &from_one}); },
               {"line 2: the index 4 is above those of 3 features", "--libsvm-features"});
}

TEST(Libsvm, UnseenSamplesMayHaveNoLabels) {
  const TrainedOn known = trained_on(read_svm("1 1:1 3:1\n"), {"0", "1"});
  const ReadRequest request{.known = &known, .labels = LabelsWanted::kIfThere};
  const RawData data = read_svm("1:2 3:4\n2:5\n", request);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(data.train.answers));
  EXPECT_EQ(data.train.samples, 2U);
  EXPECT_EQ(labels_of(read_svm("7 1:2\n", request)), std::vector<double>{7});
  expect_error([&] { read_svm("1:2\n1 1:2\n", request); },
               {"line 2: has the label '1', and line 1 has none"});
  expect_error([&] { read_svm("1 1:2\n1:2\n", request); },
               {"line 2: begins with '1:2', and has no"});
  expect_error([&] { read_svm("1:2\n"); }, {"line 1: begins with '1:2', and has no label; put"});
}

TEST(Libsvm, SamplesForANetworkOfImagesAreRefused) {
  TrainedOn known = trained_on(read_svm("1 1:1 3:1\n"), {"0", "1"});
  known.schema.is_image = true;
  expect_error([&] { read_svm("1 1:1\n", {.known = &known}); }, {"trained on images"});
}

TEST(Libsvm, WhatALineMustNotHold) {
  const auto expect = [](const std::string& line, const std::string& problem) {
    expect_error([&] { read_svm("1 1:1\n" + line + "\n1 1:1\n"); },
                 {"data.svm: line 2: ", problem});
  };
  expect("1 2:1 1:1 2:2", "has the feature 2 twice");
  expect("1 2:0 2:1", "has the feature 2 twice");
  expect("1,2 1:1", "has several labels, '1,2'");
  expect("cat 1:1", "the label 'cat' is no finite number; number the classes");
  expect("nan 1:1", "the label 'nan' is no finite number");
  expect("inf", "the label 'inf' is no finite number");
  expect("1 qid:3 1:1", "has a query (qid)");
  expect("1 1:nan", "'1:nan' is no finite number");
  expect("1 1:inf", "'1:inf' is no finite number");
  expect("1 1:1e39", "'1:1e39' is no finite number that a float can hold");
  expect("1 1:1e400", "'1:1e400' is no finite number");
  expect("1 1:", "'1:' is no finite number");
  expect("1 1:1:1", "'1:1:1' is no finite number");
  expect("1 1:0x1", "'1:0x1' is no finite number");
  expect("1 2", "'2' is no index:value");
  expect("1 a:1", "'a:1' is no index:value");
  expect("1 :1", "':1' is no index:value");
  expect("1 -1:1", "'-1:1' is no index:value");
  expect("1 +1:1", "'+1:1' is no index:value");
  expect("1 1.0:1", "'1.0:1' is no index:value");
  expect("1 134217729:1", "the index 134217729 is above 134,217,728; number");
  expect("1 99999999999999999999999:1", "is above 134,217,728");
}

TEST(Libsvm, FilesWithNothingInThem) {
  for (const std::string text : {"\n", "# nothing\n\n", "   ", "\r\n \r\n"}) {
    expect_error([&] { read_svm(text); }, {"data.svm: has no samples"});
  }
  expect_error([] { read_svm("1\n2\n"); }, {"data.svm: has no features"});
  expect_error([] { read_svm(""); }, {"data.svm: empty"});
}

TEST(Libsvm, OtherKindsAreNamed) {
  expect_error([] { read_svm(std::string("\x93NUMPY\x01\0", 8)); },
               {"is a NumPy array (.npy), not a LIBSVM file"});
  expect_error([] { read_svm("<!DOCTYPE html><html>"); }, {"is a web page"});
}

TEST(Libsvm, ALineLongerThanTheBuffer) {
  std::string line = "1";
  for (int i = 1; i <= 100'000; ++i) line += " " + std::to_string(i) + ":" + std::to_string(i);
  const RawData data = read_svm("1 1:1\n" + line + "\n" + line);
  EXPECT_EQ(data.train.samples, 3U);
  EXPECT_EQ(data.train.shape.width, 100'000U);
  EXPECT_EQ(sparse(data).values.size(), 200'001U);
  EXPECT_EQ(sparse(data).values.back(), 100'000);
  EXPECT_EQ(sparse(data).columns[100'000], 99'999U);
}

TEST(Libsvm, AGzippedFileCutAnywhere) {
  const std::string text = "1 1:1 2:2\n-1 3:1\n";
  const TempDir folder;
  write_gz(folder.path() / "whole", Bytes(text.begin(), text.end()));
  const Bytes whole = read_bytes(folder.path() / "whole");
  const std::string path = (folder.path() / "cut").string();
  for (std::size_t size = 1; size < whole.size(); ++size) {
    write_bytes(path, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    expect_error(
        [&] {
          ByteSource source(path);
          read_libsvm(source, {});
        },
        {path + ": truncated"});
  }
}

}  // namespace
}  // namespace regrow

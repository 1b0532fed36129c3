// NumPy's archives and folders of arrays: by what names arrays are found, and what damaged or
// hostile archives are told.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <vector>

#include "readers/array_fixtures.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

Bytes byte_array(const std::string& shape, const Bytes& body) { return npy("|u1", shape, body); }

class Npz : public testing::Test {
 protected:
  fs::path file() const { return folder_.path() / "data.npz"; }
  RawData read(const Members& members, const ReadRequest& request = {}) const {
    write_zip(file(), members);
    return read_npz_file(file(), request);
  }
  void expect_refused(const Members& members, std::initializer_list<std::string> parts) const {
    expect_error([&] { read(members); }, parts);
  }
  void expect_file_refused(std::initializer_list<std::string> parts) const {
    expect_error([&] { read_npz_file(file()); }, parts);
  }

  TempDir folder_;
};

const Bytes kTwoSamples = byte_array("(2, 1)", {5, 6}), kTwoLabels = byte_array("(2,)", {1, 0});

TEST_F(Npz, ReadsTrainingAndTestSamplesByTheirNames) {
  struct PartNames {
    const char *x_train, *y_train, *x_test, *y_test;
  };
  for (const auto& [x_train, y_train, x_test, y_test] :
       {PartNames{"x_train", "y_train", "x_test", "y_test"},
        PartNames{"Xtrain", "Ttrain", "Xtest", "Ttest"},
        PartNames{"train_images", "train_labels", "test_images", "test_labels"},
        PartNames{"X", "y", "X_test", "y_test"}}) {
    SCOPED_TRACE(x_train);
    const RawData data = read({{std::string(y_test) + ".npy", byte_array("(1,)", {3})},
                               {std::string(x_train) + ".npy", kTwoSamples},
                               {std::string(x_test) + ".npy", byte_array("(1, 1)", {7})},
                               {std::string(y_train) + ".npy", kTwoLabels}});
    EXPECT_EQ(std::get<ByteFeatures>(data.train.features), (ByteFeatures{5, 6}));
    EXPECT_EQ(std::get<NumberAnswers>(data.train.answers).values, (std::vector<double>{1, 0}));
    ASSERT_TRUE(data.test.has_value());
    EXPECT_EQ(std::get<ByteFeatures>(data.test->features), (ByteFeatures{7}));
    EXPECT_EQ(std::get<NumberAnswers>(data.test->answers).values, std::vector<double>{3});
    EXPECT_TRUE(data.notes.empty());
  }
}

TEST_F(Npz, ReadsOnePartWithoutATest) {
  for (const auto& [x, y] : {std::pair{"x", "y"}, std::pair{"X", "Y"}, std::pair{"data", "target"},
                             std::pair{"images", "labels"}}) {
    const RawData data =
        read({{std::string(x) + ".npy", kTwoSamples}, {std::string(y) + ".npy", kTwoLabels}});
    EXPECT_EQ(data.train.samples, 2U) << x;
    EXPECT_FALSE(data.test.has_value()) << x;
  }
}

TEST_F(Npz, NotesWhatItDoesNotRead) {
  const RawData data = read({{"x.npy", kTwoSamples},
                             {"x_val.npy", {1}},
                             {"y.npy", kTwoLabels},
                             {"y_val.npy", {1}},
                             {"images.npy", {1}},
                             {"README.txt", {1}}});
  EXPECT_EQ(data.notes, std::vector<std::string>{file().string() +
                                                 ": not read: x_val, y_val, images, README.txt"});
}

TEST_F(Npz, ListsTheArraysWhereNoneIsCalledAsSamplesAre) {
  expect_refused({{"arr_0.npy", kTwoSamples},
                  {"arr_1.npy", npy("<f4", "(1, 1, 1)", elements<float>({1}))},
                  {"bad.npy", {1, 2}}},
                 {"data.npz: of its arrays (arr_0: uint8 (2, 1), arr_1: float32 (1, 1, 1), "
                  "bad: not to be read) none is called as samples are",
                  "x_train, y_train, x_test and y_test", "numpy.savez(FILE, x=x, y=y)"});
  expect_refused({{"x.txt", kTwoSamples}}, {"holds no arrays"});
  Members many;
  for (int i = 0; i < 20; ++i) many.emplace_back("a" + std::to_string(i) + ".npy", kTwoSamples);
  expect_refused(many, {"a11: uint8 (2, 1), 8 more)"});
}

TEST_F(Npz, RefusesSamplesWithoutLabelsAndNamesThatMeanTwoThings) {
  expect_refused({{"x_train.npy", kTwoSamples}},
                 {"data.npz: x_train has no labels; name the array of them y_train"});
  expect_refused({{"x.npy", kTwoSamples}, {"X_train.npy", kTwoSamples}, {"y.npy", kTwoLabels}},
                 {"data.npz: x and X_train may both be the samples"});
  expect_refused({{"x.npy", kTwoSamples}, {"y.npy", kTwoLabels}, {"Y.npy", kTwoLabels}},
                 {"y and Y may both be the labels"});
}

TEST_F(Npz, ChecksThatThePartsFitEachOther) {
  expect_refused({{"x.npy", kTwoSamples}, {"y.npy", byte_array("(3,)", {1, 2, 3})}},
                 {"data.npz: y.npy: has labels for 3 samples, but ", "data.npz: x.npy has 2"});
  expect_refused({{"x_train.npy", kTwoSamples},
                  {"y_train.npy", kTwoLabels},
                  {"x_test.npy", byte_array("(1, 2)", {1, 2})},
                  {"y_test.npy", byte_array("(1,)", {1})}},
                 {"x_test.npy: its samples have 2 features, but those of x_train have 1 features"});
}

TEST_F(Npz, AColumnMayBeTheLabelInBothParts) {
  const RawData data = read({{"x_train.npy", byte_array("(2, 2)", {1, 9, 2, 8})},
                             {"x_test.npy", byte_array("(1, 2)", {3, 7})}},
                            {.label = "-1"});
  EXPECT_EQ(std::get<ByteFeatures>(data.train.features), (ByteFeatures{1, 2}));
  EXPECT_EQ(std::get<NumberAnswers>(data.test->answers).values, std::vector<double>{7});
}

TEST_F(Npz, UnseenSamplesAreTheTestSamplesWhereThereAreSuch) {
  const TrainedOn known = trained_on({1, 1, 1}, false);
  const Members members = {{"x_train.npy", kTwoSamples},
                           {"y_train.npy", kTwoLabels},
                           {"x_test.npy", byte_array("(1, 1)", {7})},
                           {"y_test.npy", byte_array("(1,)", {3})}};
  const RawData data = read(members, {.known = &known});
  EXPECT_EQ(std::get<ByteFeatures>(data.train.features), (ByteFeatures{7}));
  EXPECT_EQ(std::get<NumberAnswers>(data.train.answers).values, std::vector<double>{3});
  EXPECT_FALSE(data.test.has_value());
  EXPECT_EQ(data.notes, std::vector<std::string>{file().string() + ": not read: x_train, y_train"});
  const RawData only =
      read({{"x.npy", kTwoSamples}}, {.known = &known, .labels = LabelsWanted::kIfThere});
  EXPECT_EQ(only.train.samples, 2U);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(only.train.answers));
  expect_error([&] { read({{"x.npy", kTwoSamples}}, {.known = &known}); }, {"x has no labels"});
  // The label of a table that was trained on is no column of an archive that has labels.
  const RawData labelled =
      read({{"x.npy", kTwoSamples}, {"y.npy", kTwoLabels}}, {.label = "species", .known = &known});
  EXPECT_EQ(std::get<NumberAnswers>(labelled.train.answers).values, (std::vector<double>{1, 0}));
}

TEST_F(Npz, ReadsDeflatedMembersAndStreams) {
  Bytes pixels = pattern(40000, 3);
  std::fill(pixels.begin() + 1000, pixels.end(), std::uint8_t{7});
  write_zip(file(), {{"x.npy", byte_array("(2, 20000)", pixels)}, {"y.npy", kTwoLabels}},
            ZIP_CM_DEFLATE);
  ASSERT_LT(fs::file_size(file()), 10000U) << "the test is of deflated members";
  EXPECT_EQ(std::get<ByteFeatures>(read_npz_file(file()).train.features), pixels);
  // What is gzipped is no file that libzip could open itself.
  write_gz(file(), read_bytes(file()));
  EXPECT_EQ(std::get<ByteFeatures>(read_npz_file(file()).train.features), pixels);
}

void append_little_endian(Bytes& bytes, std::uint64_t value, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
}

// As numpy.savez writes a member: with the sizes of zip64, however small it is (APPNOTE.TXT of
// PKWARE, 4.3.7, 4.3.12, 4.3.16, 4.5.3).
Bytes zip64_archive(const Members& members, std::uint64_t claimed_size = 0) {
  Bytes archive, directory;
  for (const auto& [name, bytes] : members) {
    const auto checksum =
        static_cast<std::uint32_t>(crc32(0, bytes.data(), static_cast<unsigned>(bytes.size())));
    const std::uint64_t offset = archive.size();
    const auto put_entry = [&, &member = name, &data = bytes](Bytes& out, bool is_central) {
      append_little_endian(out, is_central ? 0x02014b50 : 0x04034b50, 4);
      if (is_central) append_little_endian(out, 45, 2);
      append_little_endian(out, 45, 2);
      append_little_endian(out, 0, 2 + 2 + 2);  // flags, method, time
      append_little_endian(out, 0x21, 2);       // date
      append_little_endian(out, checksum, 4);
      append_little_endian(out, 0xFFFFFFFF, 4);  // sizes: in the extra field
      append_little_endian(out, 0xFFFFFFFF, 4);
      append_little_endian(out, member.size(), 2);
      append_little_endian(out, 20, 2);
      if (is_central) {
        append_little_endian(out, 0, 2 + 2 + 2);
        append_little_endian(out, 0, 4);
        append_little_endian(out, offset, 4);
      }
      out.insert(out.end(), member.begin(), member.end());
      append_little_endian(out, 1, 2);
      append_little_endian(out, 16, 2);
      append_little_endian(out, claimed_size != 0 ? claimed_size : data.size(), 8);
      append_little_endian(out, data.size(), 8);
    };
    put_entry(archive, false);
    archive.insert(archive.end(), bytes.begin(), bytes.end());
    put_entry(directory, true);
  }
  const std::uint64_t start = archive.size();
  archive.insert(archive.end(), directory.begin(), directory.end());
  append_little_endian(archive, 0x06054b50, 4);
  append_little_endian(archive, 0, 4);
  append_little_endian(archive, members.size(), 2);
  append_little_endian(archive, members.size(), 2);
  append_little_endian(archive, directory.size(), 4);
  append_little_endian(archive, start, 4);
  append_little_endian(archive, 0, 2);
  return archive;
}

TEST_F(Npz, ReadsZip64AndBelievesNoneOfItsSizes) {
  const Members members = {{"x.npy", kTwoSamples}, {"y.npy", kTwoLabels}};
  write_bytes(file(), zip64_archive(members));
  EXPECT_EQ(std::get<ByteFeatures>(read_npz_file(file()).train.features), (ByteFeatures{5, 6}));
  write_bytes(file(), zip64_archive(members, std::uint64_t{1} << 60));
  expect_file_refused({"data.npz: x.npy: corrupt: it announces 1,152,921,504,606,846,976 bytes"});
  write_bytes(file(), zip64_archive(members, 70));
  expect_file_refused({"data.npz: x.npy: "});
}

TEST_F(Npz, RefusesAnArchiveThatIsCutOffAnywhere) {
  for (const int method : {ZIP_CM_STORE, ZIP_CM_DEFLATE}) {
    write_zip(file(), {{"x.npy", kTwoSamples}, {"y.npy", kTwoLabels}}, method);
    const Bytes whole = read_bytes(file());
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
      SCOPED_TRACE(bytes);
      write_bytes(file(), {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes)});
      expect_file_refused({file().string() + ": "});
    }
  }
}

TEST_F(Npz, RefusesADamagedMember) {
  write_zip(file(), {{"x.npy", kTwoSamples}, {"y.npy", kTwoLabels}});
  Bytes bytes = read_bytes(file());
  const std::size_t pixel = 30 + 5 + kTwoSamples.size() - 1;  // after the local header and the name
  ASSERT_EQ(bytes[pixel], 6);
  bytes[pixel] = 9;
  write_bytes(file(), bytes);
  expect_file_refused({"data.npz: x.npy: corrupt: the data do not have their checksum"});
}

TEST_F(Npz, RefusesEncryptedMembersAndOtherMethods) {
  write_zip(file(), {{"x.npy", kTwoSamples}, {"y.npy", kTwoLabels}}, ZIP_CM_STORE, true);
  expect_file_refused({"data.npz: x.npy: is encrypted; pack it again without a password"});
  if (zip_compression_method_supported(ZIP_CM_BZIP2, 1) != 0) {
    write_zip(file(), {{"x.npy", kTwoSamples}, {"y.npy", kTwoLabels}}, ZIP_CM_BZIP2);
    expect_file_refused({"x.npy: is compressed by bzip2; stored and deflated members are read"});
  }
}

// A megabyte of nothing deflates to a kilobyte: what counts is the array's own header.
TEST_F(Npz, AMemberMustBeAsLongAsItsArray) {
  write_zip(file(), {{"x.npy", byte_array("(2, 1)", Bytes(1 << 20))}, {"y.npy", kTwoLabels}},
            ZIP_CM_DEFLATE);
  expect_file_refused(
      {"x.npy: oversized: 1,048,576 bytes follow the header of an array uint8 (2, 1)"});
}

TEST_F(Npz, SaysWhatAFileIsInstead) {
  write_bytes(file(), kTwoSamples);
  expect_file_refused({"data.npz: is a NumPy array (.npy), not a NumPy archive (.npz)"});
  write_bytes(file(), {1, 2, 3, 4, 5, 6, 7, 8});
  expect_file_refused({"data.npz: is not a NumPy archive (.npz)"});
  const std::string start = "PK\3\4 and no more of it";
  write_bytes(file(), Bytes(start.begin(), start.end()));
  expect_file_refused(
      {"data.npz: truncated: the directory at the end of a ZIP archive is missing"});
}

TEST_F(Npz, AFolderOfArraysIsReadLikeOne) {
  const auto put = [this](const char* name, const Bytes& bytes) {
    write_bytes(folder_.path() / name, bytes);
  };
  EXPECT_FALSE(holds_arrays(folder_.path()));
  put("y_train.npy", kTwoLabels);
  EXPECT_FALSE(holds_arrays(folder_.path()));
  put("x_train.npy", kTwoSamples);
  EXPECT_TRUE(holds_arrays(folder_.path()));
  put("more.npy", kTwoSamples);
  put("text.txt", {1});
  const RawData data = read_array_folder(folder_.path(), {});
  EXPECT_EQ(std::get<ByteFeatures>(data.train.features), (ByteFeatures{5, 6}));
  EXPECT_EQ(data.notes, std::vector<std::string>{folder_.path().string() + ": not read: more"});
}

}  // namespace
}  // namespace regrow

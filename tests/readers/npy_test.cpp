// NumPy's arrays: every type, byte order and order of indices that is read, and what each kind of
// bad file is told.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

#include "readers/array_fixtures.h"
#include "readers/array_roles.h"
#include "support/in_child.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

class Npy : public testing::Test {
 protected:
  fs::path file(const std::string& name) const { return folder_.path() / name; }
  void put(const std::string& name, const Bytes& bytes) const { write_bytes(file(name), bytes); }

  /// The features of an array that lies beside labels of so many samples.
  RawSamples read_inputs(const Bytes& array, std::size_t samples = 2) const {
    put("x.npy", array);
    put("y.npy", npy("|u1", "(" + std::to_string(samples) + ",)", Bytes(samples, 1)));
    return read_npy_file(file("x.npy")).train;
  }
  FloatFeatures floats_of(const Bytes& array, std::size_t samples = 2) const {
    return std::get<FloatFeatures>(read_inputs(array, samples).features);
  }
  NumberAnswers numbers_of(const Bytes& labels) const {
    return std::get<NumberAnswers>(answers_of(labels));
  }
  Answers answers_of(const Bytes& labels) const {
    put("x.npy", npy("|u1", "(2, 1)", {1, 2}));
    put("y.npy", labels);
    return read_npy_file(file("x.npy")).train.answers;
  }
  void expect_refused(const Bytes& inputs, std::initializer_list<std::string> parts) const {
    expect_error([&] { read_inputs(inputs); }, parts);
  }
  void expect_labels_refused(const Bytes& labels, std::initializer_list<std::string> parts) const {
    expect_error([&] { answers_of(labels); }, parts);
  }

  TempDir folder_;
};

TEST_F(Npy, BytesStayBytes) {
  const RawSamples samples = read_inputs(npy("|u1", "(2, 3)", {1, 2, 3, 4, 5, 255}));
  EXPECT_EQ(std::get<ByteFeatures>(samples.features), (ByteFeatures{1, 2, 3, 4, 5, 255}));
  EXPECT_EQ(samples.samples, 2U);
  EXPECT_EQ(samples.shape, (ImageShape{1, 1, 3}));
  EXPECT_FALSE(samples.schema.is_image);
  EXPECT_TRUE(samples.schema.columns.empty());
  EXPECT_EQ(samples.source, file("x.npy").string());
}

template <typename T>
void expect_both_orders(const Npy& /*unused*/, const std::string& type,
                        const std::vector<T>& values,
                        const std::function<FloatFeatures(const Bytes&)>& read) {
  const FloatFeatures expected(values.begin(), values.end());
  EXPECT_EQ(read(npy("<" + type, "(2, 2)", elements(values))), expected) << type;
  EXPECT_EQ(read(npy(">" + type, "(2, 2)", elements(values, true))), expected) << type;
}

TEST_F(Npy, OtherNumbersAreFloatsInBothByteOrders) {
  const auto read = [this](const Bytes& array) { return floats_of(array); };
  expect_both_orders<std::uint16_t>(*this, "u2", {0, 1, 258, 65535}, read);
  expect_both_orders<std::uint32_t>(*this, "u4", {0, 1, 258, 16777216}, read);
  expect_both_orders<std::uint64_t>(*this, "u8", {0, 1, 258, std::uint64_t{1} << 63}, read);
  expect_both_orders<std::int16_t>(*this, "i2", {0, -1, 258, -32768}, read);
  expect_both_orders<std::int32_t>(*this, "i4", {0, -1, 258, -16777216}, read);
  expect_both_orders<std::int64_t>(*this, "i8", {0, -1, 258, -(std::int64_t{1} << 62)}, read);
  expect_both_orders<float>(*this, "f4", {0, -1.5F, 1e-40F, 3.4e38F}, read);
  expect_both_orders<double>(*this, "f8", {0, -1.5, 0.25, 3.4028234663852886e38}, read);
  EXPECT_EQ(floats_of(npy("|i1", "(2, 2)", {0, 1, 0x80, 0xFF})), (FloatFeatures{0, 1, -128, -1}));
  EXPECT_EQ(floats_of(npy("|b1", "(2, 2)", {0, 1, 1, 0})), (FloatFeatures{0, 1, 1, 0}));
}

// The values of IEEE 754's table of binary16.
TEST_F(Npy, HalvesAreExact) {
  const std::vector<std::uint16_t> bits = {0x3C00, 0xC000, 0x7BFF, 0x0400,
                                           0x03FF, 0x0001, 0x3555, 0x8000};
  const FloatFeatures expected = {1,
                                  -2,
                                  65504,
                                  0.00006103515625F,
                                  0.000060975551605224609375F,
                                  0.000000059604644775390625F,
                                  0.333251953125F,
                                  0};
  EXPECT_EQ(floats_of(npy("<f2", "(2, 4)", elements(bits))), expected);
  EXPECT_EQ(floats_of(npy(">f2", "(2, 4)", elements(bits, true))), expected);
  EXPECT_TRUE(std::signbit(floats_of(npy("<f2", "(2, 4)", elements(bits))).back()));
  expect_refused(npy("<f2", "(2, 1)", elements<std::uint16_t>({0, 0x7C00})), {"[1, 0] is inf"});
  expect_refused(npy("<f2", "(2, 1)", elements<std::uint16_t>({0, 0x7C01})), {"[1, 0] is nan"});
}

TEST_F(Npy, FortranOrderIsTurned) {
  EXPECT_EQ(floats_of(npy("<f4", "(2, 3)", elements<float>({1, 4, 2, 5, 3, 6}), true)),
            (FloatFeatures{1, 2, 3, 4, 5, 6}));
  const RawSamples images =
      read_inputs(npy("|u1", "(2, 2, 3)", {1, 7, 4, 10, 2, 8, 5, 11, 3, 9, 6, 12}, true));
  EXPECT_EQ(std::get<ByteFeatures>(images.features),
            (ByteFeatures{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  EXPECT_EQ(numbers_of(npy("<i4", "(2, 2)", elements<std::int32_t>({1, 3, 2, 4}), true)).values,
            (std::vector<double>{1, 2, 3, 4}));
}

TEST_F(Npy, ThreeDimensionsAreGreyImages) {
  const RawSamples samples = read_inputs(npy("|u1", "(2, 2, 3)", pattern(12, 0)));
  EXPECT_EQ(samples.shape, (ImageShape{1, 2, 3}));
  EXPECT_TRUE(samples.schema.is_image);
  EXPECT_EQ(std::get<ByteFeatures>(samples.features), pattern(12, 0));
}

TEST_F(Npy, ChannelsComeFirstInMemoryWhereverTheyWereInTheFile) {
  // Two images of 1 × 2 pixels of three channels: the pixels' colours one after the other.
  const Bytes last = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const ByteFeatures expected = {1, 4, 2, 5, 3, 6, 7, 10, 8, 11, 9, 12};
  const RawSamples a = read_inputs(npy("|u1", "(2, 5, 2, 3)", pattern(60, 1)));
  EXPECT_EQ(a.shape, (ImageShape{3, 5, 2}));
  const RawSamples b = read_inputs(npy("|u1", "(2, 3, 5, 2)", pattern(60, 1)));
  EXPECT_EQ(b.shape, (ImageShape{3, 5, 2}));
  EXPECT_EQ(std::get<ByteFeatures>(b.features), pattern(60, 1));
  const RawSamples c = read_inputs(npy("|u1", "(2, 1, 2, 3)", last));
  EXPECT_EQ(c.shape, (ImageShape{3, 1, 2}));
  EXPECT_EQ(std::get<ByteFeatures>(c.features), expected);
  for (std::size_t sample = 0; sample < 2; ++sample) {
    for (std::size_t pixel = 0; pixel < 10; ++pixel) {
      for (std::size_t channel = 0; channel < 3; ++channel) {
        EXPECT_EQ(std::get<ByteFeatures>(a.features)[sample * 30 + channel * 10 + pixel],
                  pattern(60, 1)[sample * 30 + pixel * 3 + channel]);
      }
    }
  }
}

TEST_F(Npy, AnAmbiguousPlaceOfTheChannelsIsNotedOrFollowsTheNetwork) {
  put("x.npy", npy("|u1", "(1, 3, 2, 4)", pattern(24, 0)));
  put("y.npy", npy("|u1", "(1,)", {0}));
  const RawData data = read_npy_file(file("x.npy"));
  EXPECT_EQ(data.train.shape, (ImageShape{4, 3, 2}));
  ASSERT_EQ(data.notes.size(), 1U);
  EXPECT_NE(data.notes[0].find("its last index is taken for the channels"), std::string::npos);
  const TrainedOn known = trained_on({3, 2, 4}, true);
  const RawData unseen = read_npy_file(file("x.npy"), {.known = &known});
  EXPECT_EQ(unseen.train.shape, (ImageShape{3, 2, 4}));
  EXPECT_EQ(std::get<ByteFeatures>(unseen.train.features), pattern(24, 0));
  EXPECT_TRUE(unseen.notes.empty());
}

TEST_F(Npy, RefusesShapesThatAreNoSamples) {
  expect_refused(npy("<f4", "()", elements<float>({1})), {"is an array float32 ()", "reshape"});
  expect_refused(npy("<f4", "(2,)", elements<float>({1, 2})), {"float32 (2,)", "x.reshape(-1, 1)"});
  expect_refused(npy("|u1", "(1, 1, 1, 1, 2)", {1, 2}), {"uint8 (1, 1, 1, 1, 2)", "at most 3"});
  expect_refused(npy("|u1", "(1, 2, 1, 2)", {1, 2, 3, 4}), {"neither its last index nor"});
  expect_refused(npy("|u1", "(0, 3)", {}), {"x.npy: holds no samples"});
  expect_refused(npy("|u1", "(2, 0)", {}), {"(2, 0): its samples have no features"});
  expect_refused(npy("|u1", "(2, 0, 4)", {}), {"its samples have no features"});
  expect_refused(npy("|u1", "(4611686018427387904, 0)", {}), {"its samples have no features"});
  expect_refused(npy("<U1", "(2, 1)", elements<std::uint32_t>({'a', 'b'})),
                 {"strings (2, 1), not of numbers"});
}

TEST_F(Npy, RefusesWhatIsNotFiniteOrBeyondFloatByItsIndex) {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  expect_refused(npy("<f8", "(2, 2)", elements<double>({0, 1, nan, 3})),
                 {"x.npy: [1, 0] is nan", "numpy.nan_to_num"});
  expect_refused(npy("<f8", "(2, 2)", elements<double>({0, 1, nan, 3}), true), {"[0, 1] is nan"});
  expect_refused(npy("<f4", "(2, 1)", elements<float>({0, -HUGE_VALF})), {"[1, 0] is -inf"});
  expect_refused(npy("<f8", "(2, 1)", elements<double>({0, infinity})), {"[1, 0] is inf"});
  expect_refused(npy("<f8", "(2, 1)", elements<double>({1e39, 0})),
                 {"[0, 0] is 1e+39, which is beyond the range of float32"});
}

TEST_F(Npy, LabelsAreNumbersOrStrings) {
  const NumberAnswers numbers = numbers_of(npy("<i8", "(2,)", elements<std::int64_t>({-3, 7})));
  EXPECT_EQ(numbers.values, (std::vector<double>{-3, 7}));
  EXPECT_EQ(numbers.outputs, 1U);
  EXPECT_EQ(numbers_of(npy("|b1", "(2, 1)", {1, 0})).values, (std::vector<double>{1, 0}));
  EXPECT_EQ(numbers_of(npy("<f8", "(2,)", elements<double>({0.1, 1e300}))).values,
            (std::vector<double>{0.1, 1e300}));
  const NumberAnswers rows = numbers_of(npy("|u1", "(2, 3)", {1, 0, 0, 0, 0, 1}));
  EXPECT_EQ(rows.outputs, 3U);
  EXPECT_EQ(rows.values, (std::vector<double>{1, 0, 0, 0, 0, 1}));
}

TEST_F(Npy, StringsAreTextInUtf8) {
  const auto names = [this](const Bytes& labels) {
    return std::get<TextAnswers>(answers_of(labels)).names;
  };
  const std::vector<std::uint32_t> codes = {'c', 0xE4, 0, 0x1F600, 0x20AC, 'x'};
  const std::vector<std::string> expected = {"cä", "😀€x"};
  EXPECT_EQ(names(npy("<U3", "(2,)", elements(codes))), expected);
  EXPECT_EQ(names(npy(">U3", "(2, 1)", elements(codes, true))), expected);
  const auto answers =
      std::get<TextAnswers>(answers_of(npy("|S3", "(2,)", {'a', 'b', 0, 'a', 'b', 0})));
  EXPECT_EQ(answers.names, std::vector<std::string>{"ab"});
  EXPECT_EQ(answers.ids, (std::vector<std::uint32_t>{0, 0}));
}

TEST_F(Npy, RefusesLabelsThatSayNothing) {
  expect_labels_refused(npy("<f4", "(2,)", elements<float>({0, std::nanf("")})),
                        {"y.npy: [1] is nan"});
  expect_labels_refused(npy("<i8", "(2,)", elements<std::int64_t>({0, (1LL << 53) + 1})),
                        {"[1] is 9007199254740993, which is beyond ±2^53"});
  expect_labels_refused(npy("<i8", "(2,)", elements<std::int64_t>({-(1LL << 53) - 1, 0})),
                        {"[0] is -9007199254740993"});
  expect_labels_refused(npy("|S1", "(2,)", {'a', 0}), {"[1] is an empty string"});
  expect_labels_refused(npy("|S1", "(2,)", {'a', 0xE9}), {"[1] is no text in UTF-8"});
  expect_labels_refused(npy("<U1", "(2,)", elements<std::uint32_t>({0xD800, 'a'})),
                        {"[0] is no text in UTF-8"});
  expect_labels_refused(npy("<U1", "(2,)", elements<std::uint32_t>({'a', 0x110000})),
                        {"[1] is no text in UTF-8"});
  expect_labels_refused(npy("|u1", "(3,)", {0, 1, 2}),
                        {"has labels for 3 samples, but ", "x.npy has 2"});
  expect_labels_refused(npy("|u1", "()", {0}), {"uint8 (), which are no labels"});
  expect_labels_refused(npy("|u1", "(2, 1, 1)", {0, 1}), {"uint8 (2, 1, 1), which are no labels"});
  expect_labels_refused(npy("|u1", "(2, 0)", {}), {"uint8 (2, 0), which are no labels"});
  expect_labels_refused(npy("|S1", "(2, 2)", {'a', 'b', 'c', 'd'}), {"which are no labels"});
}

TEST_F(Npy, RefusesTypesThatAreNotReadByNameAndWithARemedy) {
  const auto refuse = [this](const std::string& descr, std::initializer_list<std::string> parts) {
    expect_refused(npy(descr, "(2, 1)", Bytes(32)), parts);
  };
  refuse("|O", {"Python objects", "numpy.save(FILE, x.astype('float32'))"});
  refuse("<c16", {"complex numbers", "x.real"});
  refuse("<M8[ns]", {"dates or times", "x.astype('int64')"});
  refuse("<m8", {"dates or times"});
  refuse("|V16", {"raw bytes", "x.view('uint8')"});
  refuse("<f16", {"type `<f16`, which is not read", "astype('float32')"});
  refuse("<i3", {"type `<i3`"});
  refuse("|u4", {"type `|u4`"});
  refuse("=i4", {"type `=i4`"});
  refuse("<U0", {"type `<U0`"});
  refuse("<U99999999999999999999", {"type `<U9999"});
  refuse("", {"type ``"});
  expect_refused(
      npy_with_header(
          "{'descr': [('a', '<f4'), ('b', '<f4')], 'fortran_order': False, 'shape': (2, 1), }",
          Bytes(16)),
      {"several fields"});
}

TEST_F(Npy, ReadsTheHeadersOfEveryVersionAndSpelling) {
  const FloatFeatures expected = {1, 2};
  const Bytes body = elements<float>({1, 2});
  const std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }";
  for (const int version : {1, 2, 3}) {
    EXPECT_EQ(floats_of(npy_with_header(text, body, static_cast<std::uint8_t>(version))), expected);
  }
  for (const char* other :
       {"{\"shape\":(2,1),'fortran_order':False,'descr':'<f4'}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 1L)}",
        "  { 'fortran_order' : False , 'shape' : ( 2 , 1 , ) , 'descr' : '<f4' , }  "}) {
    EXPECT_EQ(floats_of(npy_with_header(other, body)), expected) << other;
  }
}

TEST_F(Npy, RefusesHeadersThatAreNone) {
  for (const char* text :
       {"", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': [2, 1]}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, -1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), 'more': 1}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1)} x",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (2, 1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1)",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (2, 1)}"}) {
    SCOPED_TRACE(text);
    expect_refused(npy_with_header(text, elements<float>({1, 2})), {"corrupt: its header `"});
  }
  std::string many = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
  for (int i = 0; i < 65; ++i) many += "1, ";
  expect_refused(npy_with_header(many + ")}", elements<float>({1})), {"corrupt: its header `"});
  Bytes version_4 = npy("|u1", "(2, 1)", {1, 2});
  version_4[6] = 4;
  expect_refused(version_4, {"version 4.0", "1.0 to 3.0 are read"});
}

TEST_F(Npy, BelievesNoSizeThatTheFileDoesNotHave) {
  expect_refused(npy("<f8", "(4611686018427387904, 4)", Bytes(32)), {"truncated: 32 bytes follow"});
  expect_refused(npy("<f8", "(1099511627776, 1)", Bytes(32)), {"truncated: 32 bytes follow"});
  expect_refused(npy("<U500000000", "(2, 1)", Bytes(32)), {"truncated: 32 bytes follow"});
  expect_refused(npy("|u1", "(2, 1)", {1, 2, 3}), {"oversized: 3 bytes follow", "uint8 (2, 1)"});
  Bytes long_header = npy_with_header("{}", {}, 2);
  for (std::size_t i = 8; i < 12; ++i) long_header[i] = 0xFF;
  expect_refused(long_header, {"truncated: its header of 4,294,967,295 bytes is longer than"});
  const std::string blanks(std::size_t{1} << 17, ' ');
  expect_refused(npy_with_header(blanks, {}, 2), {"longer than the 65,536 that are possible"});
}

TEST_F(Npy, SaysWhatMemoryItWouldNeedBeforeItAsksForIt) {
  if (tests::kNeedsDescriptors) GTEST_SKIP() << "the sanitizer needs more memory itself";
  put("y.npy", npy("|u1", "(2,)", {0, 1}));
  const Bytes header = npy("|u1", "(2, 2147483647)", {});
  put("x.npy", header);
  fs::resize_file(file("x.npy"), header.size() + 2 * std::uint64_t{2147483647});  // a hole
  const std::string message =
      tests::error_in_child(tests::limit_data_to_4_gib, [&] { read_npy_file(file("x.npy")); });
  EXPECT_NE(message.find("x.npy: needs 4.00 GiB of memory, and "), std::string::npos) << message;
}

TEST_F(Npy, RefusesAFileThatIsCutOffAnywhere) {
  const Bytes whole = npy("<f4", "(2, 2)", elements<float>({1, 2, 3, 4}));
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    SCOPED_TRACE(bytes);
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes));
    expect_refused(cut, {file("x.npy").string() + (bytes == 0 ? ": empty" : ": truncated")});
  }
}

TEST_F(Npy, SaysWhatAFileIsInstead) {
  expect_refused({'%', 'P', 'D', 'F', '-', '1', '.', '4', '\n'},
                 {"is a PDF document, not a NumPy"});
  expect_refused({1, 2, 3, 4, 5, 6, 7, 8, 9}, {"is not a NumPy array (.npy)"});
}

// Their length is not known before the end.
TEST_F(Npy, ReadsGzippedArrays) {
  put("x.npy", npy("|u1", "(2, 1)", {5, 6}));
  write_gz(file("y.npy"), npy("|u1", "(2,)", {3, 1}));
  EXPECT_EQ(std::get<NumberAnswers>(read_npy_file(file("x.npy")).train.answers).values,
            (std::vector<double>{3, 1}));
  write_gz(file("x.npy"), npy("|u1", "(2, 2)", {5, 6, 7, 8}));
  const RawData data = read_npy_file(file("x.npy"), {.label = "0"});
  EXPECT_EQ(std::get<ByteFeatures>(data.train.features), (ByteFeatures{6, 8}));
  write_gz(file("x.npy"), npy("|u1", "(2, 2)", {5, 6, 7}));
  expect_error([&] { read_npy_file(file("x.npy"), {.label = "0"}); },
               {"truncated: 3 bytes follow"});
}

TEST_F(Npy, FindsTheArraysBesideIt) {
  put("X_train.npy", npy("|u1", "(2, 1)", {5, 6}));
  expect_error([&] { read_npy_file(file("X_train.npy")); },
               {"X_train.npy: X_train has no labels; name the array of them y_train"});
  put("y_train.npy", npy("|u1", "(2,)", {0, 1}));
  put("y.npy", npy("|u1", "(7,)", Bytes(7)));
  put("X_val.npy", {1});
  RawData data = read_npy_file(file("X_train.npy"));
  EXPECT_EQ(std::get<NumberAnswers>(data.train.answers).values, (std::vector<double>{0, 1}));
  EXPECT_FALSE(data.test.has_value());
  EXPECT_TRUE(data.notes.empty());
  put("X_test.npy", npy("|u1", "(1, 1)", {7}));
  expect_error([&] { read_npy_file(file("X_train.npy")); },
               {"X_test has no labels; name the array of them y_test"});
  put("y_test.npy", npy("|u1", "(1,)", {1}));
  data = read_npy_file(file("X_train.npy"));
  ASSERT_TRUE(data.test.has_value());
  EXPECT_EQ(data.test->samples, 1U);
  EXPECT_EQ(std::get<NumberAnswers>(data.test->answers).values, std::vector<double>{1});
  data = read_npy_file(file("X_test.npy"));
  EXPECT_EQ(data.train.samples, 1U) << "the file that was named";
  expect_error([&] { read_npy_file(file("y_train.npy")); }, {"holds labels", "x_train.npy"});
}

TEST_F(Npy, TakesAColumnAsTheLabel) {
  put("table.npy", npy("<f8", "(2, 3)", elements<double>({1, 16777217, 3, 4, 16777219, 6})));
  for (const char* label : {"1", "-2"}) {
    const RawData data = read_npy_file(file("table.npy"), {.label = label});
    EXPECT_EQ(std::get<FloatFeatures>(data.train.features), (FloatFeatures{1, 3, 4, 6}));
    EXPECT_EQ(data.train.shape, (ImageShape{1, 1, 2}));
    EXPECT_EQ(data.train.schema.label, "1");
    EXPECT_EQ(std::get<NumberAnswers>(data.train.answers).values,
              (std::vector<double>{16777217, 16777219}));
  }
  put("bytes.npy", npy("|u1", "(2, 2)", {9, 1, 8, 0}, true));
  const RawData bytes = read_npy_file(file("bytes.npy"), {.label = "-1"});
  EXPECT_EQ(std::get<ByteFeatures>(bytes.train.features), (ByteFeatures{9, 1}));
  EXPECT_EQ(std::get<NumberAnswers>(bytes.train.answers).values, (std::vector<double>{8, 0}));
  const auto refuse = [this](const char* name, const char* label,
                             std::initializer_list<std::string> parts) {
    expect_error([&] { read_npy_file(file(name), {.label = label}); }, parts);
  };
  refuse("table.npy", "3", {"--label 3: it has 3 columns", "from 0 to 2"});
  refuse("table.npy", "-4", {"--label -4"});
  refuse("table.npy", "price", {"--label price: an array's columns have no names"});
  refuse("table.npy", "", {"table.npy: table has no labels", "--label"});
  put("image.npy", npy("|u1", "(1, 1, 2)", {1, 2}));
  refuse("image.npy", "0", {"images have no column that is their label"});
  put("one.npy", npy("|u1", "(2, 1)", {1, 2}));
  refuse("one.npy", "0", {"without that column its samples have no features"});
}

TEST_F(Npy, UnseenSamplesNeedNoLabelsUnlessAsked) {
  const TrainedOn known = trained_on({1, 1, 2}, false);
  put("new.npy", npy("<f4", "(2, 2)", elements<float>({1, 2, 3, 4})));
  const ReadRequest if_there{.known = &known, .labels = LabelsWanted::kIfThere};
  const RawData data = read_npy_file(file("new.npy"), if_there);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(data.train.answers));
  EXPECT_EQ(data.train.samples, 2U);
  expect_error([&] { read_npy_file(file("new.npy"), {.known = &known}); }, {"has no labels"});

  ReadRequest by_column = if_there;
  by_column.label = "0";
  EXPECT_EQ(std::get<FloatFeatures>(read_npy_file(file("new.npy"), by_column).train.features),
            (FloatFeatures{1, 2, 3, 4}));
  put("labelled.npy", npy("<f4", "(1, 3)", elements<float>({7, 2, 3})));
  const RawData labelled = read_npy_file(file("labelled.npy"), by_column);
  EXPECT_EQ(std::get<FloatFeatures>(labelled.train.features), (FloatFeatures{2, 3}));
  EXPECT_EQ(std::get<NumberAnswers>(labelled.train.answers).values, std::vector<double>{7});
  by_column.labels = LabelsWanted::kRequired;
  expect_error([&] { read_npy_file(file("new.npy"), by_column); },
               {"its samples have 1 features, but the network was trained on 2 features"});
}

TEST_F(Npy, UnseenSamplesMustFitTheNetwork) {
  const TrainedOn known = trained_on({3, 4, 5}, true);
  put("x_test.npy", npy("|u1", "(2, 60)", Bytes(120)));
  expect_error(
      [&] {
        read_npy_file(file("x_test.npy"), {.known = &known, .labels = LabelsWanted::kIfThere});
      },
      {"its samples have 60 features, but the network was trained on 4×5 pixels in 3 channels"});
}

TEST(ArrayRoles, KnowTheNamesThatPeopleUse) {
  const auto is = [](std::string_view name, ArrayPart part, ArraySplit split) {
    const auto role = role_of(name);
    return role && role->part == part && role->split == split;
  };
  using enum ArrayPart;
  using enum ArraySplit;
  for (const char* name :
       {"x_train", "X_train", "Xtrain", "train_images", "train_x", "train-data"}) {
    EXPECT_TRUE(is(name, kInputs, kTrain)) << name;
  }
  for (const char* name : {"y_train", "ytrain", "Ttrain", "train_labels", "targets_train"}) {
    EXPECT_TRUE(is(name, kAnswers, kTrain)) << name;
  }
  for (const char* name : {"x", "X", "data", "images", "features"}) {
    EXPECT_TRUE(is(name, kInputs, kAll)) << name;
  }
  for (const char* name : {"y", "Y", "target", "labels"}) {
    EXPECT_TRUE(is(name, kAnswers, kAll)) << name;
  }
  EXPECT_TRUE(is("Ttest", kAnswers, kTest));
  EXPECT_TRUE(is("x_val", kInputs, kValidation));
  for (const char* name : {"", "arr_0", "xx", "train", "test", "meta", "x_trains"}) {
    EXPECT_FALSE(role_of(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace regrow

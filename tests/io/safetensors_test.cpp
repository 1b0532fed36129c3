// The container: its layout byte by byte, and the headers it refuses.
#include "io/safetensors.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <limits>

#include "io/io_test_support.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

constexpr std::array<std::uint64_t, 2> kCells = {3, 9};
constexpr std::array<double, 3> kValues = {0.5, -2, 3};

std::string with_length(const std::string& header) {
  const std::uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header;
}

void write_sample(const std::filesystem::path& path) {
  const std::vector<TensorView> tensors = {{"values", Dtype::kF32, {3}, std::span(kValues)},
                                           {"cells", Dtype::kU64, {2}, std::span(kCells)},
                                           {"doubles", Dtype::kF64, {3, 1}, std::span(kValues)}};
  write_safetensors(path, {{"format", "test"}}, tensors);
}

TEST(Safetensors, IsLaidOutAsTheFormatSays) {
  const TempDir dir;
  write_sample(dir.path() / "f");
  const std::string bytes = bytes_of(dir.path() / "f");
  const std::string header = R"({"__metadata__":{"format":"test"},)"
                             R"("cells":{"dtype":"U64","shape":[2],"data_offsets":[0,16]},)"
                             R"("doubles":{"dtype":"F64","shape":[3,1],"data_offsets":[16,40]},)"
                             R"("values":{"dtype":"F32","shape":[3],"data_offsets":[40,52]},)"
                             R"("checksum":{"dtype":"U32","shape":[1],"data_offsets":[52,56]}})";
  const std::string padded = header + std::string((8 - header.size() % 8) % 8, ' ');
  ASSERT_EQ(bytes.size(), 8 + padded.size() + 56);
  EXPECT_EQ(bytes.substr(0, 8 + padded.size()), with_length(padded));
  EXPECT_EQ((8 + padded.size()) % 8, 0U);
  std::array<float, 3> values{};
  std::memcpy(values.data(), bytes.data() + 8 + padded.size() + 40, 12);
  EXPECT_EQ(values, (std::array<float, 3>{0.5F, -2, 3}));
}

TEST(Safetensors, ReadsBackByName) {
  const TempDir dir;
  write_sample(dir.path() / "f");
  SafetensorsReader reader(dir.path() / "f");
  EXPECT_EQ(reader.metadata(), (Metadata{{"format", "test"}}));
  EXPECT_EQ(reader.read_values("values", Dtype::kF32, {3}), (std::vector<double>{0.5, -2, 3}));
  EXPECT_EQ(reader.read_values("doubles", Dtype::kF64, {3, 1}), (std::vector<double>{0.5, -2, 3}));
  EXPECT_EQ(reader.read_indices("cells", {2}), (std::vector<std::uint64_t>{3, 9}));
}

TEST(Safetensors, StreamsATensorLargerThanItsChunks) {
  const TempDir dir;
  std::vector<double> values(200'001);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i) * 0.5;
  const std::vector<TensorView> tensors = {
      {"empty", Dtype::kU64, {0}, std::span<const std::uint64_t>()},
      {"values", Dtype::kF32, {values.size()}, std::span<const double>(values)}};
  write_safetensors(dir.path() / "f", {}, tensors);
  SafetensorsReader reader(dir.path() / "f");
  EXPECT_EQ(reader.read_values("values", Dtype::kF32, {values.size()}), values);
  EXPECT_TRUE(reader.read_indices("empty", {0}).empty());
}

TEST(Safetensors, RefusesAnotherTypeShapeOrName) {
  const TempDir dir;
  write_sample(dir.path() / "f");
  SafetensorsReader reader(dir.path() / "f");
  for (const auto& message :
       {error_of([&] { reader.read_values("values", Dtype::kF64, {3}); }), error_of([&] {
          reader.read_values("values", Dtype::kF32, {1, 3});
        }),
        error_of([&] { reader.read_values("value", Dtype::kF32, {3}); })}) {
    EXPECT_TRUE(contains(message, (dir.path() / "f").string() + ": ")) << message;
    EXPECT_TRUE(contains(message, "tensor `value")) << message;
  }
}

TEST(Safetensors, NeverRoundsADoubleIntoAFloat) {
  const TempDir dir;
  for (const double value : {0.1, 1e300, std::numeric_limits<double>::quiet_NaN()}) {
    const std::vector<TensorView> tensors = {{"v", Dtype::kF32, {1}, std::span(&value, 1)}};
    EXPECT_THROW(write_safetensors(dir.path() / "f", {}, tensors), std::logic_error) << value;
  }
  EXPECT_EQ(entries_in(dir.path()), 0U) << "nothing half-written";
}

TEST(Safetensors, RefusesHeadersThatLie) {
  const TempDir dir;
  const auto message = [&](const std::string& header) {
    put_bytes(dir.path() / "f", with_length(header) + std::string(16, '\0'));
    return error_of([&] { SafetensorsReader reader(dir.path() / "f"); });
  };
  const auto tensor = [](const std::string& name, const std::string& shape, int begin, int end) {
    return "\"" + name + R"(":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":[)" +
           std::to_string(begin) + "," + std::to_string(end) + "]}";
  };
  const struct {
    std::string header;
    const char* expected;
  } cases[] = {
      {"{}", "16 bytes of tensors where its header says 0"},
      {"[]", "not a JSON object"},
      {R"({"a":)", "not JSON"},
      {R"({"__metadata__":{"a":1}})", "metadata `a` is not a string"},
      {R"({"__metadata__":[]})", "metadata is not an object"},
      {R"({"a":1})", "tensor `a` is not"},
      {R"({"a":{"dtype":"F16","shape":[8],"data_offsets":[0,16]}})", "dtype"},
      {R"({"a":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}})", "no valid `shape`"},
      {R"({"a":{"dtype":"F32","shape":[4],"offsets":[0,16]}})", "no valid `data_offsets`"},
      {R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16,16]}})", "does not fit its shape"},
      {"{" + tensor("a", "[5]", 0, 16) + "}", "does not fit its shape"},
      {"{" + tensor("a", "[4]", 16, 0) + "}", "does not fit its shape"},
      {"{" + tensor("a", "[4294967296,4294967296]", 0, 0) + "}", "impossible shape"},
      {"{" + tensor("a", "[4611686018427387905]", 0, 4) + "}", "impossible shape"},
      {"{" + tensor("a", "[2]", 0, 8) + "," + tensor("b", "[2]", 4, 12) + "}", "overlaps"},
      {"{" + tensor("a", "[1]", 0, 4) + "," + tensor("b", "[2]", 8, 16) + "}", "leaves a gap"},
      {"{" + tensor("a", "[2]", 0, 8) + "," + tensor("a", "[2]", 8, 16) + "}", "names `a` twice"},
      {"{" + tensor("a", "[8]", 0, 32) + "}", "16 bytes of tensors where its header says 32"},
      {"{" + tensor("a", "[4]", 0, 16) + "}", "does not end in a checksum"},
      {"{" + tensor("a", "[3]", 0, 12) + "," + tensor("checksum", "[1]", 12, 16) + "}",
       "does not end in a checksum"},
  };
  for (const auto& [header, expected] : cases) {
    const std::string text = message(header);
    EXPECT_TRUE(contains(text, expected)) << header << "\n" << text;
    EXPECT_TRUE(contains(text, (dir.path() / "f").string())) << text;
  }
}

TEST(Safetensors, ReadsManyTensorsInTimeLinearInTheirNumber) {
  const TempDir dir;
  constexpr std::size_t kMany = 60000;
  std::vector<TensorView> tensors;
  for (std::size_t i = 0; i < kMany; ++i) {
    tensors.push_back(
        {"t" + std::to_string(i), Dtype::kU64, {0}, std::span<const std::uint64_t>()});
  }
  write_safetensors(dir.path() / "f", {}, tensors);
  SafetensorsReader reader(dir.path() / "f");
  for (const TensorView& tensor : tensors) EXPECT_EQ(reader.tensor(tensor.name).name, tensor.name);
}

std::string refusal_of(const std::string& header) {
  try {
    parse_header(header, 0);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Safetensors, RefusesANestedHeaderBeforeItTakesMemory) {
  EXPECT_EQ(refusal_of(std::string(5000000, '[')), "its header is nested more than 32 levels deep");
  EXPECT_EQ(refusal_of(R"({"a":1,"b":[{"c":2,"c":3}]})"), "its header names `c` twice");
  EXPECT_EQ(refusal_of(R"({"a":{"dtype":1},"b":{"dtype":1}})"),
            "tensor `a` is not {dtype, shape, data_offsets}");
  const std::string name(100000, 'x');
  EXPECT_EQ(refusal_of("{\"" + name + "\":1}"),
            "tensor `" + std::string(60, 'x') + "…` is not {dtype, shape, data_offsets}");
}

TEST(Safetensors, RefusesAHeaderLongerThanItsFile) {
  const TempDir dir;
  for (const std::uint64_t length :
       {std::uint64_t{3}, std::uint64_t{1} << 32, ~std::uint64_t{0}, ~std::uint64_t{0} - 7}) {
    std::string bytes(10, ' ');
    std::memcpy(bytes.data(), &length, 8);
    put_bytes(dir.path() / "f", bytes);
    EXPECT_TRUE(contains(error_of([&] { SafetensorsReader reader(dir.path() / "f"); }),
                         "cut off within its header"));
  }
}

TEST(Safetensors, NamesAMissingFileAndAFolder) {
  const TempDir dir;
  EXPECT_TRUE(contains(error_of([&] { SafetensorsReader reader(dir.path() / "f"); }),
                       "there is no such checkpoint"));
  EXPECT_TRUE(contains(error_of([&] { SafetensorsReader reader(dir.path()); }), "is not a file"));
}

}  // namespace
}  // namespace regrow

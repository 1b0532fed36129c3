// The archives of arrays; tests/tools/export_test.py opens them by NumPy and SciPy.
#include "export/npz.h"

#include <gtest/gtest.h>
#include <zip.h>

#include <cstring>
#include <ctime>
#include <map>

#include "export/made_network.h"

namespace regrow::tests {
namespace {

struct NpyFile {
  std::string header;
  std::string data;
  time_t time = 0;

  template <typename Number>
  std::vector<Number> values() const {
    std::vector<Number> numbers(data.size() / sizeof(Number));
    std::memcpy(numbers.data(), data.data(), data.size());
    return numbers;
  }
};

/// By libzip, which checks what it reads. Expects every file as NumPy's format 1.0 has it.
std::map<std::string, NpyFile> files_of_archive(const std::string& bytes) {
  std::map<std::string, NpyFile> files;
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  zip_t* archive = zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error);
  EXPECT_NE(archive, nullptr) << zip_error_strerror(&error);
  if (archive == nullptr) return files;
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); ++i) {
    const auto index = static_cast<zip_uint64_t>(i);
    zip_stat_t stat;
    zip_stat_index(archive, index, 0, &stat);
    EXPECT_EQ(stat.comp_method, ZIP_CM_STORE);
    std::string content(stat.size, '\0');
    zip_file_t* file = zip_fopen_index(archive, index, 0);
    EXPECT_EQ(zip_fread(file, content.data(), content.size()),
              static_cast<zip_int64_t>(content.size()));
    zip_fclose(file);
    EXPECT_EQ(content.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
    const std::size_t length =
        static_cast<unsigned char>(content[8]) + 256U * static_cast<unsigned char>(content[9]);
    EXPECT_EQ((10 + length) % 64, 0U) << "aligned";
    std::string header = content.substr(10, length);
    EXPECT_EQ(header.back(), '\n');
    header.resize(header.find_last_not_of(" \n") + 1);
    files[stat.name] = {header, content.substr(10 + length), stat.mtime};
  }
  zip_close(archive);
  return files;
}

std::string header_of(const std::string& type, const std::string& shape) {
  return "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }";
}

using Ints = std::vector<std::int32_t>;
using LongInts = std::vector<std::int64_t>;

TEST(NpzFile, HasSparseLayersAsCompressedRows) {
  auto files = files_of_archive(npz_file(made_network(false)));
  EXPECT_EQ(files["0.weight.data.npy"].header, header_of("<f4", "(4,)"));
  EXPECT_EQ(files["0.weight.data.npy"].values<float>(), (std::vector<float>{1, 5, -2, 4}));
  EXPECT_EQ(files["0.weight.indices.npy"].header, header_of("<i4", "(4,)"));
  EXPECT_EQ(files["0.weight.indices.npy"].values<std::int32_t>(), (Ints{0, 2, 1, 3}));
  EXPECT_EQ(files["0.weight.indptr.npy"].values<std::int32_t>(), (Ints{0, 2, 2, 4}));
  EXPECT_EQ(files["0.weight.shape.npy"].values<std::int64_t>(), (LongInts{3, 4}));
  EXPECT_EQ(files["0.bias.npy"].values<float>(), (std::vector<float>{0.5F, 1, -1}));
  EXPECT_EQ(files["2.weight.npy"].header, header_of("<f4", "(2,2,)"));
  EXPECT_EQ(files["2.weight.npy"].values<float>(), (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(files["0.t_right.npy"].values<float>(), (std::vector<float>{2, 1.5F, 1}));
  EXPECT_FALSE(files.contains("0.slope.npy"));
  EXPECT_EQ(files["1.slope.npy"].header, header_of("<f4", "()"));
  EXPECT_EQ(files["1.slope.npy"].values<float>(), std::vector<float>{0.25F});
  EXPECT_EQ(files["mean.npy"].values<double>(), (std::vector<double>{10, 1, 3, 0.5}));
  EXPECT_EQ(files["image_shape.npy"].values<std::int64_t>(), (LongInts{2, 2, 1}));
}

TEST(NpzFile, HasTextsAsNumpyHasThem) {
  ExportedNetwork network = made_network();
  network.class_names = {"\xff", "Bäume\U0001F333"};
  auto files = files_of_archive(npz_file(network));
  const NpyFile& names = files["class_names.npy"];
  EXPECT_EQ(names.header, header_of("<U6", "(2,)"));
  const auto characters = names.values<std::uint32_t>();
  EXPECT_EQ(characters,
            (std::vector<std::uint32_t>{0xFFFD, 0, 0, 0, 0, 0, 'B', 0xE4, 'u', 'm', 'e', 0x1F333}));
  EXPECT_EQ(files["predicts.npy"].header, header_of("<U13", "()"));
  EXPECT_EQ(files["activations.npy"].header, header_of("<U8", "(2,)"));
  EXPECT_FALSE(files.contains("mean.npy")) << "it is folded";
}

TEST(NpzFile, CountsColumnsIn64BitsWhereTheyNeedThem) {
  const std::uint64_t columns = 3000000000;
  auto files = files_of_archive(
      npz_file(wide_network(static_cast<std::uint32_t>(columns), 2, {5, 2 * columns - 1})));
  EXPECT_EQ(files["0.weight.indices.npy"].header, header_of("<i8", "(2,)"));
  EXPECT_EQ(files["0.weight.indices.npy"].values<std::int64_t>(), (LongInts{5, 2999999999}));
  EXPECT_EQ(files["0.weight.indptr.npy"].values<std::int64_t>(), (LongInts{0, 1, 2}));
  EXPECT_EQ(files["0.weight.shape.npy"].values<std::int64_t>(), (LongInts{2, 3000000000}));
}

TEST(NpzFile, OfALayerWithoutConnections) {
  auto files = files_of_archive(npz_file(wide_network(3, 2, {})));
  EXPECT_EQ(files["0.weight.data.npy"].header, header_of("<f4", "(0,)"));
  EXPECT_EQ(files["0.weight.data.npy"].data, "");
  EXPECT_EQ(files["0.weight.indptr.npy"].values<std::int32_t>(), (Ints{0, 0, 0}));
  EXPECT_EQ(files["activations.npy"].header, header_of("<U1", "(0,)"));
}

TEST(NpzFile, IsTheSameTwiceAndNotLargerThanItSays) {
  for (const bool folds : {true, false}) {
    const ExportedNetwork network = made_network(folds);
    const std::string bytes = npz_file(network);
    EXPECT_EQ(bytes, npz_file(made_network(folds)));
    EXPECT_LE(bytes.size(), npz_bytes(network));
    for (const auto& [name, file] : files_of_archive(bytes)) {
      std::tm day = {};
      localtime_r(&file.time, &day);
      EXPECT_EQ(day.tm_year, 80) << name;
      EXPECT_EQ(day.tm_yday + day.tm_hour + day.tm_min, 0) << name;
    }
  }
}

}  // namespace
}  // namespace regrow::tests

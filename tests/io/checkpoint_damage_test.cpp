// No damaged, foreign or doctored checkpoint is ever believed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "io/io_test_support.h"
#include "io/safetensors.h"
#include "io/sample_checkpoint.h"
#include "regrow/checkpoint.h"
#include "regrow/version.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

class DamagedCheckpoint : public testing::Test {
 protected:
  void SetUp() override {
    write_checkpoint(path_, sample_checkpoint());
    good_ = bytes_of(path_);
  }

  /// What reading `bytes` as a checkpoint says.
  std::string message(const std::string& bytes) {
    put_bytes(path_, bytes);
    return error_of([&] { read_checkpoint(path_); });
  }

  /// As one line that names the file and says what to do.
  void expect_refused(const std::string& bytes, const std::string& what) {
    const std::string text = message(bytes);
    EXPECT_TRUE(contains(text, path_.string() + ": ") && contains(text, "or start again"))
        << what << ": " << text;
  }

  TempDir dir_;
  std::filesystem::path path_ = dir_.path() / "c.safetensors";
  std::string good_;
};

TEST_F(DamagedCheckpoint, IsRefusedWhicheverByteChanged) {
  for (std::size_t i = 0; i < good_.size(); ++i) {
    std::string bytes = good_;
    bytes[i] = static_cast<char>(bytes[i] ^ (1 << i % 8));
    expect_refused(bytes, "byte " + std::to_string(i));
    if (HasFailure()) break;
  }
}

TEST_F(DamagedCheckpoint, IsRefusedWhereverItWasCutOff) {
  for (std::size_t length = 0; length < good_.size(); ++length) {
    expect_refused(good_.substr(0, length), "length " + std::to_string(length));
    if (HasFailure()) break;
  }
}

TEST_F(DamagedCheckpoint, IsRefusedWithBytesAppended) {
  for (const std::string& tail :
       {std::string(1, '\0'), std::string("x"), good_.substr(0, 8), good_}) {
    expect_refused(good_ + tail, "appended");
  }
}

TEST_F(DamagedCheckpoint, SaysThatTheChecksumIsWrong) {
  std::string bytes = good_;
  bytes[bytes.size() - 20] ^= 1;
  EXPECT_TRUE(contains(message(bytes), "its checksum does not fit its content"));
}

/// A checkpoint rewritten by other hands, its checksum right.
class DoctoredCheckpoint : public DamagedCheckpoint {
 protected:
  void SetUp() override {
    DamagedCheckpoint::SetUp();
    SafetensorsReader reader(path_);
    metadata_ = reader.metadata();
    cells_ = reader.read_indices("layers.0.cells", {3});
    explored_ = reader.read_indices("layers.0.explored", {1});
    for (const char* part : {"weight", "momentum", "bias", "bias_momentum"}) {
      for (const char* layer : {"layers.0.", "layers.1."}) add(reader, std::string(layer) + part);
    }
    add(reader, "standardisation.mean");
    add(reader, "standardisation.deviation");
  }

  void write_doctored() {
    std::vector<TensorView> tensors = {
        {"layers.0.cells", Dtype::kU64, {cells_.size()}, std::span<const std::uint64_t>(cells_)},
        {"layers.0.explored",
         Dtype::kU64,
         {explored_.size()},
         std::span<const std::uint64_t>(explored_)}};
    for (const auto& [name, tensor] : tensors_) {
      tensors.push_back({name, tensor.dtype, tensor.shape, std::span<const double>(tensor.values)});
    }
    write_safetensors(path_, metadata_, tensors);
  }

  /// What reading the doctored file says.
  std::string doctored() {
    write_doctored();
    std::string text = error_of([&] { read_checkpoint(path_); });
    EXPECT_TRUE(contains(text, path_.string() + ": ")) << text;
    return text;
  }

  void replace(const char* key, const std::string& from, const std::string& to) {
    std::string& text = metadata_.at(key);
    const std::size_t place = text.find(from);
    ASSERT_NE(place, std::string::npos) << text;
    text.replace(place, from.size(), to);
  }

  struct Values {
    Dtype dtype = Dtype::kF32;
    std::vector<std::uint64_t> shape;
    std::vector<double> values;
  };
  Metadata metadata_;
  std::vector<std::uint64_t> cells_, explored_;
  std::map<std::string, Values> tensors_;

 private:
  void add(SafetensorsReader& reader, const std::string& name) {
    const TensorInfo& info = reader.tensor(name);
    tensors_[name] = {info.dtype, info.shape, reader.read_values(name, info.dtype, info.shape)};
  }
};

TEST_F(DoctoredCheckpoint, OfAnotherVersionIsRefusedByNumber) {
  metadata_["version"] = fmt::format("{}", kCheckpointVersion + 1);
  metadata_["regrow"] = "9.9.9";
  const std::string newer = doctored();
  EXPECT_TRUE(
      contains(newer, fmt::format("checkpoint version {} and was written by a newer regrow, "
                                  "9.9.9, while this regrow {} reads versions",
                                  kCheckpointVersion + 1, kVersion)))
      << newer;
  EXPECT_TRUE(newer.ends_with("; use regrow 9.9.9")) << newer;

  metadata_["version"] = "1";
  metadata_["regrow"] = "0.0.1";
  const std::string older = doctored();
  EXPECT_TRUE(contains(older, "checkpoint version 1 and was written by an older regrow, 0.0.1"))
      << older;
  EXPECT_TRUE(older.ends_with("; use regrow 0.0.1")) << older;

  metadata_["version"] = "2x";
  EXPECT_TRUE(contains(doctored(), "its checkpoint version `2x` is none"));
}

// Which evolved after each epoch, or paused.
TEST_F(DoctoredCheckpoint, OfVersionThreeHasAsManyEvolutionsAsItsEpochsSay) {
  metadata_["version"] = "3";
  metadata_.erase("evolution");
  write_doctored();
  const EvolutionState evolution = read_checkpoint(path_).evolution;
  EXPECT_EQ(evolution.due, 2U);
  EXPECT_EQ(evolution.performed, 1U) << "the second paused";
  EXPECT_TRUE(evolution.young.empty());
}

TEST_F(DoctoredCheckpoint, OfAnotherProgramIsNamedAsSuch) {
  metadata_ = {{"format", "pt"}};
  const std::string text = doctored();
  EXPECT_TRUE(contains(text, "not a regrow checkpoint")) << text;
  EXPECT_TRUE(text.ends_with("; give one that regrow wrote, such as RUN/last.safetensors")) << text;
}

TEST_F(DoctoredCheckpoint, IsRefusedWithoutAnyOneMetadataEntry) {
  const Metadata all = metadata_;
  // For others, or of runs that have them alone.
  const std::set<std::string> optional = {"initial_loss", "best_epoch",      "regrow",      "data",
                                          "computed_by",  "initial_network", "target_scale"};
  for (const auto& [key, value] : all) {
    if (optional.contains(key)) continue;
    metadata_ = all;
    metadata_.erase(key);
    EXPECT_TRUE(contains(doctored(), "`" + key + "`")) << key;
  }
}

TEST_F(DoctoredCheckpoint, IsRefusedWithoutAnyOneTensor) {
  const auto all = tensors_;
  for (const auto& [name, values] : all) {
    tensors_ = all;
    tensors_.erase(name);
    EXPECT_TRUE(contains(doctored(), "it has no tensor `" + name + "`")) << name;
  }
}

TEST_F(DoctoredCheckpoint, IsRefusedWithAnUnknownSetting) {
  metadata_["config"] += "\n[nonsense]\nsetting = 1\n";
  EXPECT_TRUE(contains(doctored(), "nonsense"));
}

TEST_F(DoctoredCheckpoint, IsRefusedWithASettingOutOfRange) {
  replace("config", "momentum = 0.9", "momentum = 9.0");
  EXPECT_TRUE(contains(doctored(), "momentum"));
}

TEST_F(DoctoredCheckpoint, IsRefusedWithSettingsThatExcludeEachOther) {
  replace("config", "pause_min_history = 5", "pause_min_history = 3");
  EXPECT_TRUE(contains(doctored(), "--pause-min-history: 3 must be above"));
}

TEST_F(DoctoredCheckpoint, IsRefusedWithBrokenMetadata) {
  const struct {
    const char* key;
    const char* from;
    const char* to;
    const char* expected;
  } cases[] = {{"progress", "17", "-17", "progress: field `step`"},
               {"progress", "{", "", "progress: is not valid JSON"},
               {"history", "null", "{}", "history: last: field `theta`"},
               {"history", R"("epoch":1)", R"("epoch":5)", "history: a record of another epoch"},
               {"history", R"("epochs":2)", R"("epochs":1)", "do not fit the number of epochs"},
               {"history", R"("epochs":2)", R"("epochs":-2)", "history: field `epochs`"},
               {"history", R"("paused_epochs":1)", R"("paused_epochs":3)", "more pauses"},
               {"history", R"("recent":[])", R"("recent":[0.5])", "what the pause looks at"},
               {"history", R"("recent":[])", R"("recent":["a"])", "an array of numbers"},
               {"history", R"("layers":[{)", R"("layers":[],"l":[{)", "first: it has 0 layers"},
               {"history", R"("connections":3,"layers")", R"("connections":4,"layers")",
                "first: its connections are not those of its layers"},
               {"history", R"("negatives":1)", R"("negatives":9223372036854775808)",
                "first: layers[0]: the counts of `negatives`"},
               {"history", R"("positives":2)", R"("positives":18446744073709551615)",
                "first: layers[0]: the counts of `positives`"},
               {"history", R"("dropped":2)", R"("dropped":18446744073709551615)", "`negatives`"},
               {"history", R"("dropped":2)", R"("dropped":8)", "`evaluated`"},
               {"history", R"("grown":2)", R"("grown":4)", "`positives`"},
               {"history", R"(true,"connections":3,"layers":[{"connections":3)",
                R"(true,"connections":4,"layers":[{"connections":4)",
                "last: layers[0]: the network has other connections"},
               {"evolution", R"("performed":0)", R"("performed":1)", "more took place than were"},
               {"evolution", R"("young":[])", R"("young":[-1])", "`young` must be an array of"},
               {"evolution", R"("young":[])", R"("young":[0,0])", "`layers.0.young`"},
               {"evolution", R"("newborns":[])", R"("newborns":[1,0])", "`layers.0.newborns`"},
               {"evolution", R"("survival":[])", R"("survival":[{"newborns":1}])",
                "survival[0]: field `survived`"},
               {"evolution", R"("survival":[])", R"("survival":[1])", "survival[0]"},
               {"history", R"("overlap_first":0.)", R"("overlap_first":7.)", "not from 0 to 1"},
               {"history", R"("accuracy":0.3)", R"("accuracy":1.3)", "accuracy is not from 0 to 1"},
               {"history", R"("theta":0.1)", R"("theta":-0.1)", "theta is not"},
               {"metrics", R"("lines":1)", R"("lines":2)", "lines do not fit"},
               {"metrics", R"("bytes":)", R"("bytes":0,"b":)", "size does not fit"},
               {"metrics", R"("crc32":)", R"("crc":)", "metrics: field `crc32`"},
               {"progress", R"("epoch":2)", R"("epoch":1)", "the history does not end"},
               {"progress", R"(_pending":false)", R"(_pending":true)", "awaits an evolution"},
               {"progress", R"("step":17)", R"("step":16)", "sums of the progress do not fit"},
               {"progress", R"("samples":1700)", R"("samples":0)", "do not fit its steps"},
               {"progress", R"("hits":9)", R"("hits":1701)", "sums of the progress do not fit"},
               {"config", "\nepochs = 100\n", "\nepochs = 1\n", "beyond the run's epochs"},
               {"config", "hidden = [2]", "hidden = [3]", "`hidden` does not fit"},
               {"config", "hidden = [2]", "hidden = [2,2]", "`hidden` does not fit"},
               {"data", R"("test_labels":)", R"("labels":)", "data: field `test_labels`"},
               {"data", R"("train_images":"aa)", R"("train_images":1,"a":"a)", "`train_images`"},
               {"computed_by", "[", "{", "computed_by: is not valid JSON"},
               {"computed_by", R"("epoch":1)", R"("epoch":3)", "`computed_by` does not lead"},
               {"computed_by", R"("epoch":0)", R"("epoch":1)", "`computed_by` does not lead"},
               {"computed_by", R"("step":3)", R"("step":-3)", "computed_by[1]: field `step`"},
               {"computed_by", "avx2", "avx3", "`computed_by` does not lead"},
               {"layers", "sparse", "sprase", "neither sparse nor dense"},
               {"layers", R"("outputs":2)", R"("outputs":3)", "`layers.0.bias`"},
               {"layers", R"("connections":3)", R"("connections":4)", "`layers.0.cells`"},
               {"layers", R"(,"explored":true)", "", "`explored`"},
               {"layers", R"("explored":true)", R"("explored":false)", "explored cells"},
               {"shape", R"("width":2)", R"("width":3)", "`standardisation.mean`"},
               {"class_names", R"("T-shirt/top",)", "", "class names do not fit"},
               {"class_names", R"("T-shirt/top")", "1", "not an array of strings"},
               {"precision", "32", "16", "neither float32 nor float64"},
               {"precision", "32", "64", "another type or shape"}};
  const Metadata all = metadata_;
  for (const auto& [key, from, to, expected] : cases) {
    metadata_ = all;
    replace(key, from, to);
    const std::string text = doctored();
    EXPECT_TRUE(contains(text, expected)) << expected << " is not in: " << text;
  }
}

TEST_F(DoctoredCheckpoint, IsRefusedWithCellsOutOfOrderOrRange) {
  cells_ = {5, 0, 7};
  const std::string text = doctored();
  EXPECT_TRUE(contains(text, ": layer 0's cells must be sorted and unique; ")) << text;
  EXPECT_FALSE(contains(text, ".cpp")) << "nothing of the program's source: " << text;
  cells_ = {0, 5, 5};
  EXPECT_TRUE(contains(doctored(), "layer 0"));
  cells_ = {0, 5, 8};
  EXPECT_TRUE(contains(doctored(), "layer 0"));
}

TEST_F(DoctoredCheckpoint, IsRefusedWithExploredCellsThatDoNotFit) {
  explored_ = {0b00101101};
  EXPECT_TRUE(contains(doctored(), "layer 0 has an active cell that was never explored"));
  explored_ = {0b110101101};
  EXPECT_TRUE(contains(doctored(), "layer 0 has an explored cell outside its matrix"));
  explored_ = {0b10101101, 0};
  EXPECT_TRUE(contains(doctored(), "`layers.0.explored`"));
}

TEST_F(DoctoredCheckpoint, IsRefusedWithADeviationOfZero) {
  tensors_["standardisation.deviation"].values[2] = 0;
  EXPECT_TRUE(contains(doctored(), "divides by zero"));
}

}  // namespace
}  // namespace regrow

// Checkpoints whose checksum is right and whose content is wrong: refused in one line, or gone on
// with without an internal error, wherever in the program that is.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "regrow/error.h"
#include "support/checkpoint_bytes.h"
#include "support/json_changes.h"
#include "support/seed_runs.h"
#include "support/temp_dir.h"

namespace regrow::tests {
namespace {

using nlohmann::ordered_json;

const SeedRun& seed(const std::string& name) {
  static const std::vector<SeedRun> runs = seed_runs();
  for (const SeedRun& run : runs) {
    if (run.name == name) return run;
  }
  throw std::logic_error("there is no seed " + name);
}

bool is_structured(const ordered_json& value) { return value.is_object() || value.is_array(); }

/// Of the metadata's entries those that are JSON objects and arrays.
std::map<std::string, ordered_json> json_entries(const Metadata& metadata) {
  std::map<std::string, ordered_json> entries;
  for (const auto& [key, text] : metadata) {
    ordered_json value = ordered_json::parse(text, nullptr, false);
    if (is_structured(value)) entries[key] = std::move(value);
  }
  return entries;
}

/// Of those that nothing prints on purpose.
bool is_control_character(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return (byte < 0x20 && character != '\n') || byte == 0x7F;
}

using Edit = std::function<void(CheckpointBytes&)>;
using JsonEdit = std::function<void(ordered_json&)>;

/// Applies `edit` to every value of this name in the metadata, however deep and in whichever entry;
/// the entry of that name itself among them.
Edit every(const std::string& name, const JsonEdit& edit) {
  return [=](CheckpointBytes& checkpoint) {
    int edited = 0;
    for (auto& [key, value] : json_entries(checkpoint.header.metadata)) {
      if (key == name) {
        edit(value);
        ++edited;
      }
      for (const JsonPlace& place : places_in(value)) {
        // An edit further up may have taken it away.
        if (place.back() != name || !value.contains(place)) continue;
        edit(value[place]);
        ++edited;
      }
      checkpoint.header.metadata[key] = value.dump();
    }
    EXPECT_GT(edited, 0) << "no metadata are called " << name;
  };
}

/// The records of hidden layers in the history, and not the network's own.
Edit layer_records(const JsonEdit& edit) {
  return every("layers", [=](ordered_json& layers) {
    if (!layers.empty() && layers[0].contains("negatives")) edit(layers);
  });
}

/// The records of epochs, wherever they are.
Edit records(const JsonEdit& edit) {
  return [=](CheckpointBytes& checkpoint) {
    for (auto& [key, value] : json_entries(checkpoint.header.metadata)) {
      for (const JsonPlace& place : places_in(value)) {
        if (value[place].contains("val_loss")) edit(value[place]);
      }
      checkpoint.header.metadata[key] = value.dump();
    }
  };
}

Edit set(const std::string& name, const ordered_json& value) {
  return every(name, [=](ordered_json& old) { old = value; });
}

Edit set_in_layer_records(const std::string& name, const ordered_json& value) {
  return layer_records([=](ordered_json& layers) {
    for (ordered_json& layer : layers) layer[name] = value;
  });
}

Edit in_progress(const std::string& name, const ordered_json& value) {
  return [=](CheckpointBytes& checkpoint) {
    ordered_json progress = ordered_json::parse(checkpoint.header.metadata.at("progress"));
    progress[name] = value;
    checkpoint.header.metadata["progress"] = progress.dump();
  };
}

/// Replaces a line of the configuration.
Edit setting(const std::string& key, const std::string& value) {
  return [=](CheckpointBytes& checkpoint) {
    std::string& config = checkpoint.header.metadata.at("config");
    const std::size_t begin = config.find("\n" + key + " = ");
    ASSERT_NE(begin, std::string::npos) << key;
    const std::size_t end = config.find('\n', begin + 1);
    config.replace(begin + 1, end - begin - 1, key + " = " + value);
  };
}

Edit text(const std::string& key, const std::string& value) {
  return [=](CheckpointBytes& checkpoint) { checkpoint.header.metadata[key] = value; };
}

Edit without_tensor(const std::string& name) {
  return [=](CheckpointBytes& checkpoint) { checkpoint.remove_tensor(name); };
}

class HostileCheckpoint : public testing::Test {
 protected:
  /// What the program says to the seed's checkpoint after the edit, stage by stage.
  std::vector<Stage> stages_after(const SeedRun& run, const Edit& edit) {
    CheckpointBytes checkpoint = taken_apart(run.checkpoint());
    edit(checkpoint);
    return stages_of(run, checkpoint);
  }

  std::vector<Stage> stages_of(const SeedRun& run, const CheckpointBytes& checkpoint,
                               Use use = Use::kFully) {
    RunFiles files = run.files;
    files["last.safetensors"] = put_together(checkpoint);
    files["best.safetensors"] = files["last.safetensors"];
    std::vector<Stage> stages;
    try {
      stages = use_checkpoint(files, folder_, use);
    } catch (const std::exception& internal) {
      ADD_FAILURE() << "an internal error: " << internal.what();
      return {{"read", "an internal error", ""}};
    }
    for (const Stage& stage : stages) {
      EXPECT_TRUE(std::none_of(stage.printed.begin(), stage.printed.end(), is_control_character))
          << stage.name << ": " << stage.printed;
    }
    const std::string& refusal = stages[0].refusal;
    if (!refusal.empty()) {
      EXPECT_EQ(refusal.rfind((folder_ / "last.safetensors: ").string(), 0), 0U)
          << "names the file: " << refusal;
      const bool has_remedy = refusal.find("or start again") != std::string::npos ||
                              refusal.find("; use regrow ") != std::string::npos ||
                              refusal.find("; give one that regrow wrote") != std::string::npos;
      EXPECT_TRUE(has_remedy) << refusal;
      EXPECT_EQ(refusal.find('\n'), std::string::npos) << "one line: " << refusal;
    }
    return stages;
  }

  void expect_refused(const std::string& what, const std::string& run, const Edit& edit) {
    SCOPED_TRACE(what + " in " + run);
    EXPECT_NE(stages_after(seed(run), edit)[0].refusal, "") << "it was read";
  }

  void expect_no_internal_error(const std::string& what, const std::string& run, const Edit& edit) {
    SCOPED_TRACE(what + " in " + run);
    stages_after(seed(run), edit);
  }

  /// Counts what came of it all: a search that refuses everything, or nothing, would be none.
  void tally(const std::vector<Stage>& stages) { ++(stages[0].refusal.empty() ? read_ : refused_); }

  TempDir dir_;
  std::filesystem::path folder_ = dir_.path() / "run";
  int read_ = 0;
  int refused_ = 0;
};

/// The test of these tests: what stops at the reader, or short of the end, would prove nothing.
TEST_F(HostileCheckpoint, IsNoneOfTheSeedsWhichGoAllTheWay) {
  for (const SeedRun& run : seed_runs()) {
    const std::vector<Stage> stages = stages_after(run, [](CheckpointBytes&) {});
    EXPECT_EQ(stages.back().name, run.name == "images" ? "evaluate on reference" : "resume")
        << run.name;
    for (const Stage& stage : stages) {
      EXPECT_EQ(stage.refusal, "") << run.name << ": " << stage.name;
    }
  }
}

TEST_F(HostileCheckpoint, WithOtherLayersInItsHistoryThanInItsNetworkIsRefused) {
  for (const char* run : {"pending", "paused", "float64", "in_the_second_epoch", "dense"}) {
    expect_refused("none", run, layer_records([](ordered_json& layers) { layers.clear(); }));
    expect_refused("one fewer", run, layer_records([](ordered_json& layers) { layers.erase(0); }));
    for (const int more : {1, 200}) {
      expect_refused("more", run, layer_records([=](ordered_json& layers) {
                       for (int i = 0; i < more; ++i) layers.push_back(ordered_json(layers[0]));
                     }));
    }
  }
}

TEST_F(HostileCheckpoint, WithCountsThatNoNetworkHasIsRefused) {
  constexpr std::uint64_t kHuge = std::uint64_t{1} << 63;
  for (const char* run : {"pending", "paused", "float64", "in_the_second_epoch"}) {
    for (const char* count : {"connections", "negatives", "positives", "dropped", "grown"}) {
      for (const std::uint64_t value : {kHuge, 2 * kHuge - 1, std::uint64_t{10000}}) {
        expect_refused(count + (" = " + std::to_string(value)), run,
                       set_in_layer_records(count, value));
      }
    }
    // Two that wrap around to what one of them was.
    expect_refused("wrapping", run, layer_records([](ordered_json& layers) {
                     layers[0]["negatives"] = layers[0]["negatives"].get<std::uint64_t>() + kHuge;
                     layers[0]["positives"] = layers[0]["positives"].get<std::uint64_t>() + kHuge;
                   }));
  }
  expect_refused("signs that the network's weights have not", "pending",
                 layer_records([](ordered_json& layers) {
                   layers[0]["negatives"] =
                       layers[0]["negatives"].get<int>() + layers[0]["positives"].get<int>();
                   layers[0]["positives"] = 0;
                 }));
  expect_refused("more grown than there are", "paused", layer_records([](ordered_json& layers) {
                   ordered_json& layer = layers[0];
                   const int connections = layer["connections"].get<int>();
                   if (layer["dropped"].get<int>() > 0) layer["grown"] = connections + 1;
                 }));
  for (const char* run : {"pending", "in_the_second_epoch"}) {
    expect_refused("one connection more than the network has", run,
                   records([](ordered_json& record) {
                     for (ordered_json* counted : {&record, &record["layers"][0]}) {
                       (*counted)["connections"] = (*counted)["connections"].get<int>() + 1;
                     }
                   }));
  }
}

TEST_F(HostileCheckpoint, BeyondItsEpochsOrStepsIsRefused) {
  for (const char* run : {"pending", "untrained", "in_the_second_epoch", "paused"}) {
    for (const std::uint32_t epoch : {7U, 999999U, 1U << 31, ~1U, ~0U}) {
      expect_refused("epoch " + std::to_string(epoch), run, in_progress("epoch", epoch));
    }
    expect_refused("step", run, in_progress("step", ~0U));
    expect_refused("samples", run, in_progress("samples", ~std::uint64_t{0}));
    expect_refused("hits", run, in_progress("hits", ~std::uint64_t{0}));
  }
  // Steps and samples that fit each other, but no epoch of this data: the data set alone knows.
  for (const std::uint32_t step : {5U, 6U, 1U << 31, ~0U}) {
    expect_no_internal_error("step", "in_the_first_epoch", [=](CheckpointBytes& checkpoint) {
      in_progress("step", step)(checkpoint);
      in_progress("samples", std::uint64_t{step} * 8)(checkpoint);
    });
  }
  expect_refused("an epoch before", "paused", in_progress("epoch", 5));
  expect_refused("an evolution of no epoch", "untrained", in_progress("evolution_pending", true));
  expect_refused("an evolution within an epoch", "in_the_second_epoch",
                 in_progress("evolution_pending", true));
}

TEST_F(HostileCheckpoint, WithNumbersThatNoEpochHasMakesNoInternalError) {
  for (const char* run : {"pending", "paused"}) {
    for (const char* name :
         {"loss", "accuracy", "val_loss", "val_accuracy", "test_loss", "test_accuracy", "theta"}) {
      for (const double value : {0.0, 5e-324, 1e308, -1e308}) {
        expect_no_internal_error(name + (" = " + std::to_string(value)), run, set(name, value));
      }
    }
  }
  for (const double theta : {-1.0, -1e308, 1e308}) {
    expect_refused("theta", "paused", every("theta", [=](ordered_json& old) {
                     if (!old.is_null()) old = theta;
                   }));
  }
}

TEST_F(HostileCheckpoint, WithTensorsThatDoNotFitIsRefused) {
  for (const char* tensor : {"layers.0.explored", "layers.0.cells", "layers.1.weight",
                             "layers.2.bias", "standardisation.mean"}) {
    expect_refused(tensor, "pending", without_tensor(tensor));
  }
  expect_refused("nothing explored", "pending", [](CheckpointBytes& checkpoint) {
    ordered_json layers = ordered_json::parse(checkpoint.header.metadata.at("layers"));
    for (ordered_json& layer : layers) layer["explored"] = false;
    checkpoint.header.metadata["layers"] = layers.dump();
    checkpoint.remove_tensor("layers.0.explored");
    checkpoint.remove_tensor("layers.1.explored");
  });
  expect_refused("the standardisation of other images", "pending", set("width", 7));
  // 6 inputs as 32 bits count them.
  expect_refused("a shape that wraps around", "pending",
                 text("shape", R"({"channels":2,"height":2147483651,"width":1})"));
}

TEST_F(HostileCheckpoint, WithSettingsThatDoNotFitItsNetworkIsRefused) {
  for (const char* hidden : {"[5]", "[5, 5]", "[5, 4, 3]", "[6, 4]"}) {
    expect_refused("hidden", "pending", setting("hidden", hidden));
  }
  expect_refused("another batch", "in_the_second_epoch", setting("batch", "9"));
  expect_refused("fewer epochs", "paused", setting("epochs", "5"));
  expect_refused("a dense method", "pending", [](CheckpointBytes& checkpoint) {
    setting("method", "\"dense\"")(checkpoint);
    setting("measure", "\"auto\"")(checkpoint);
  });
  expect_refused("a sparse method", "dense", setting("method", "\"set\""));
  for (const char* connections : {"[31, 4]", "[4, 1000000000000]"}) {
    expect_no_internal_error("connections", "pending", setting("connections", connections));
  }
  expect_no_internal_error("a pause", "paused", [](CheckpointBytes& checkpoint) {
    setting("pause_gap", "5")(checkpoint);
    setting("pause_min_history", "6")(checkpoint);
  });
  expect_no_internal_error("a longer pause", "paused", [](CheckpointBytes& checkpoint) {
    setting("pause_gap", "999999")(checkpoint);
    setting("pause_min_history", "1000000")(checkpoint);
  });
  expect_no_internal_error("another data set", "pending", setting("dataset", "\"cifar10\""));
  expect_no_internal_error("a step of its own", "paused", setting("method", "\"lset\""));
}

TEST_F(HostileCheckpoint, WithControlCharactersInItsTextsPrintsNone) {
  const std::string hostile = "\x1b[2J\n\r\x07";
  for (const char* key : {"device", "instruction_set", "regrow"}) {
    expect_no_internal_error(key, "pending", text(key, hostile));
  }
  expect_no_internal_error("class names", "pending", [&](CheckpointBytes& checkpoint) {
    text("class_names", ordered_json({hostile, "", hostile}).dump())(checkpoint);
  });
  expect_refused("the precision", "pending", text("precision", hostile));
}

TEST_F(HostileCheckpoint, WithTextsNestedTooDeeplyIsRefused) {
  std::string key = "a";
  for (int i = 0; i < 100000; ++i) key += ".a";
  expect_refused("a dotted key", "pending", text("config", key + " = 1\n"));
  expect_refused("a section", "pending", text("config", "[" + key + "]\n"));
  expect_refused("tables", "pending", text("config", "a = " + std::string(100000, '{')));
  for (const char* entry : {"layers", "history", "progress", "shape", "class_names", "metrics"}) {
    expect_refused(entry, "pending", text(entry, std::string(5000000, '[')));
  }
}

/// Every field of the metadata in turn, whatever it is called.
TEST_F(HostileCheckpoint, WithAnyOneFieldOfItsMetadataChangedMakesNoInternalError) {
  const SeedRun& run = seed("pending");
  const CheckpointBytes sound = taken_apart(run.checkpoint());
  for (const auto& [key, entry] : json_entries(sound.header.metadata)) {
    std::set<std::pair<std::string, std::size_t>> read_kinds;
    for (const JsonPlace& place : places_in(entry)) {
      for (std::size_t which = 0; which < kChanges; ++which) {
        ordered_json changed = entry;
        const std::string what = change(changed, place, which);
        // In the first and in the last epoch, but not in the same epoch's every layer.
        const std::string kind = place.to_string().substr(0, 3) + place.back();
        if (what.empty() || read_kinds.contains({kind, which})) continue;
        SCOPED_TRACE(key + what);
        CheckpointBytes checkpoint = sound;
        checkpoint.header.metadata[key] = changed.dump();
        const std::vector<Stage> stages = stages_of(run, checkpoint, Use::kBriefly);
        tally(stages);
        if (stages[0].refusal.empty()) read_kinds.insert({kind, which});
      }
    }
  }
  EXPECT_GT(read_, 30);
  EXPECT_GT(refused_, 100);
}

TEST_F(HostileCheckpoint, WithAnyOneEntryOfItsMetadataChangedMakesNoInternalError) {
  const SeedRun& run = seed("pending");
  const CheckpointBytes sound = taken_apart(run.checkpoint());
  for (const auto& [key, entry] : sound.header.metadata) {
    SCOPED_TRACE(key);
    CheckpointBytes checkpoint = sound;
    checkpoint.header.metadata.erase(key);
    tally(stages_of(run, checkpoint, Use::kBriefly));
    for (const char* value :
         {"", "null", "x", "-1", "0", "9223372036854775808", "1e308", "[]", "{}", "[[]]", "[{}]"}) {
      checkpoint.header.metadata[key] = value;
      tally(stages_of(run, checkpoint, Use::kBriefly));
    }
  }
  EXPECT_GT(refused_, 100);
}

TEST_F(HostileCheckpoint, WithAnyOneSettingChangedMakesNoInternalError) {
  const SeedRun& run = seed("pending");
  const CheckpointBytes sound = taken_apart(run.checkpoint());
  std::istringstream lines(sound.header.metadata.at("config"));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t sign = line.find(" = ");
    if (sign == std::string::npos) continue;
    const std::string key = line.substr(0, sign);
    for (const char* value : {"-1", "0", "7", "9223372036854775807", "1e308", "true", "\"x\""}) {
      if (line == key + " = " + value) continue;
      SCOPED_TRACE(key + " = " + value);
      CheckpointBytes checkpoint = sound;
      std::string& config = checkpoint.header.metadata.at("config");
      config.replace(config.find(line), line.size(), key + " = " + value);
      tally(stages_of(run, checkpoint, Use::kBriefly));
    }
  }
  EXPECT_GT(read_, 20);
  EXPECT_GT(refused_, 100);
}

}  // namespace
}  // namespace regrow::tests

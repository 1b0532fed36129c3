// A checkpoint's metadata: configuration as TOML, the rest as JSON, all of it text.
#include "io/checkpoint_metadata.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "io/json_fields.h"
#include "regrow/error.h"
#include "regrow/run_folder.h"
#include "regrow/version.h"

namespace regrow {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::string_view kFormat = "regrow-checkpoint";

std::string layers_to_json(const Checkpoint& checkpoint) {
  ordered_json layers = ordered_json::array();
  for (const LayerState& layer : checkpoint.network.layers) {
    const bool is_explored =
        !checkpoint.explored.empty() && !checkpoint.explored[layers.size()].empty();
    layers.push_back({{"inputs", layer.inputs},
                      {"outputs", layer.outputs},
                      {"kind", layer.kind == LayerKind::kSparse ? "sparse" : "dense"},
                      {"budget", layer.budget},
                      {"connections", layer.connections()},
                      {"explored", is_explored}});
  }
  return layers.dump();
}

std::string progress_to_json(const Progress& progress) {
  return ordered_json{
      {"epoch", progress.epoch},          {"step", progress.step},
      {"loss", progress.sums.loss},       {"hits", progress.sums.hits},
      {"samples", progress.sums.samples}, {"evolution_pending", progress.evolution_pending}}
      .dump();
}

std::string history_to_json(const std::vector<EpochRecord>& history) {
  std::string text = "[";
  for (const EpochRecord& record : history) {
    if (text.size() > 1) text += ',';
    text += to_json_line(record);
  }
  return text + "]";
}

const std::string& entry(const Metadata& metadata, const char* key) {
  const auto found = metadata.find(key);
  if (found == metadata.end()) throw Error(fmt::format("its metadata lack `{}`", key));
  return found->second;
}

json json_array(const Metadata& metadata, const char* key) {
  json value = parse_json(entry(metadata, key), key);
  if (!value.is_array()) throw Error(fmt::format("{}: is not a JSON array", key));
  return value;
}

void check_format(const Metadata& metadata) {
  const auto format = metadata.find("format");
  if (format == metadata.end() || format->second != kFormat) {
    throw Error("it is not a regrow checkpoint: its metadata lack `format` = regrow-checkpoint");
  }
  const std::string& version = entry(metadata, "version");
  if (version != fmt::format("{}", kCheckpointVersion)) {
    throw Error(
        fmt::format("it has checkpoint version {} and was written by regrow {}, while this "
                    "regrow {} reads version {}",
                    version, entry(metadata, "regrow"), kVersion, kCheckpointVersion));
  }
}

Config parse_config(const std::string& toml) {
  Config named;
  apply_toml(named, toml, "config");
  Config config = preset_config(named.preset, named.dataset);
  apply_toml(config, toml, "config");
  resolve(config);
  return config;
}

ImageShape parse_shape(const std::string& text) {
  const json value = parse_json(text, "shape");
  const JsonFields fields(value, "shape");
  return {.channels = fields.count32("channels"),
          .height = fields.count32("height"),
          .width = fields.count32("width")};
}

Progress parse_progress(const std::string& text) {
  const json value = parse_json(text, "progress");
  const JsonFields fields(value, "progress");
  return {.epoch = fields.count32("epoch"),
          .step = fields.count32("step"),
          .sums = {.loss = fields.number("loss"),
                   .hits = fields.count("hits"),
                   .samples = fields.count("samples")},
          .evolution_pending = fields.flag("evolution_pending")};
}

LayerHead parse_layer(const json& value, std::size_t index) {
  const JsonFields fields(value, fmt::format("layers[{}]", index));
  const std::string kind = fields.text("kind");
  if (kind != "sparse" && kind != "dense") {
    throw Error(fmt::format("layers[{}]: kind is neither sparse nor dense", index));
  }
  LayerHead head;
  head.layer.inputs = fields.count32("inputs");
  head.layer.outputs = fields.count32("outputs");
  head.layer.kind = kind == "sparse" ? LayerKind::kSparse : LayerKind::kDense;
  head.layer.budget = fields.count("budget");
  head.connections = fields.count("connections");
  head.is_explored = fields.flag("explored");
  return head;
}

}  // namespace

std::vector<std::uint64_t> weight_shape(const LayerState& layer, std::uint64_t connections) {
  if (layer.kind == LayerKind::kDense) return {layer.outputs, layer.inputs};
  return {connections};
}

Metadata to_metadata(const Checkpoint& checkpoint) {
  const ImageShape& shape = checkpoint.shape;
  Metadata metadata = {
      {"format", std::string(kFormat)},
      {"version", fmt::format("{}", kCheckpointVersion)},
      {"regrow", kVersion},
      {"config", to_toml(checkpoint.config, true)},
      {"device", checkpoint.device},
      {"instruction_set", checkpoint.instruction_set},
      {"shape", fmt::format(R"({{"channels":{},"height":{},"width":{}}})", shape.channels,
                            shape.height, shape.width)},
      {"class_names", json(checkpoint.class_names).dump()},
      {"precision", checkpoint.network.precision == Precision::kFloat32 ? "float32" : "float64"},
      {"layers", layers_to_json(checkpoint)},
      {"progress", progress_to_json(checkpoint.progress)},
      {"history", history_to_json(checkpoint.history)}};
  if (!checkpoint.history.empty()) {
    metadata["initial_loss"] = fmt::format("{}", checkpoint.history.front().loss);
    metadata["best_epoch"] =
        fmt::format("{}", checkpoint.history[best_epoch(checkpoint.history)].epoch);
  }
  return metadata;
}

CheckpointHead parse_metadata(const Metadata& metadata) {
  check_format(metadata);
  CheckpointHead head;
  Checkpoint& checkpoint = head.checkpoint;
  checkpoint.config = parse_config(entry(metadata, "config"));
  checkpoint.device = entry(metadata, "device");
  checkpoint.instruction_set = entry(metadata, "instruction_set");
  checkpoint.shape = parse_shape(entry(metadata, "shape"));
  for (const json& name : json_array(metadata, "class_names")) {
    if (!name.is_string()) throw Error("class_names: is not an array of strings");
    checkpoint.class_names.push_back(name.get<std::string>());
  }
  const std::string& precision = entry(metadata, "precision");
  if (precision != "float32" && precision != "float64") {
    throw Error("precision: is neither float32 nor float64");
  }
  checkpoint.network.precision = precision == "float32" ? Precision::kFloat32 : Precision::kFloat64;
  checkpoint.progress = parse_progress(entry(metadata, "progress"));
  for (const json& value : json_array(metadata, "history")) {
    const std::string source = fmt::format("history[{}]", checkpoint.history.size());
    checkpoint.history.push_back(epoch_record_from(JsonFields(value, source)));
  }
  for (const json& value : json_array(metadata, "layers")) {
    head.layers.push_back(parse_layer(value, head.layers.size()));
  }
  return head;
}

}  // namespace regrow

// A checkpoint's metadata: configuration as TOML, the rest as JSON, all of it text.
#include "io/checkpoint_metadata.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "io/json_fields.h"
#include "regrow/error.h"
#include "regrow/evolution/method.h"
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

ordered_json evolved_to_json(const EpochEvolutions& evolved) {
  ordered_json layers = ordered_json::array();
  for (const EpochEvolutions::Layer& layer : evolved.layers) {
    layers.push_back({{"dropped", layer.dropped},
                      {"grown", layer.grown},
                      {"newborns", layer.newborns},
                      {"survived", layer.survived}});
  }
  ordered_json object = {{"due", evolved.due}, {"paused", evolved.paused}, {"layers", layers}};
  if (evolved.theta) object["theta"] = *evolved.theta;
  return object;
}

ordered_json cost_to_json(const TrainingCost& cost) {
  return {{"steps", cost.steps},
          {"connection_steps", cost.connection_steps},
          {"peak_connections", cost.peak_connections},
          {"forward", cost.forward},
          {"backward", cost.backward},
          {"scoring", cost.scoring}};
}

std::string progress_to_json(const Progress& progress) {
  ordered_json object = {
      {"epoch", progress.epoch},          {"step", progress.step},
      {"loss", progress.sums.loss},       {"hits", progress.sums.hits},
      {"samples", progress.sums.samples}, {"evolution_pending", progress.evolution_pending}};
  if (progress.evolved.due > 0) object["evolved"] = evolved_to_json(progress.evolved);
  if (progress.cost) object["cost"] = cost_to_json(*progress.cost);
  return object.dump();
}

std::string evolution_to_json(const Checkpoint& checkpoint) {
  ordered_json young = ordered_json::array();
  for (const YoungConnections& layer : checkpoint.evolution.young) {
    young.push_back(layer.cells.size());
  }
  ordered_json newborns = ordered_json::array();
  for (const CellList& cells : checkpoint.evolution.newborns) newborns.push_back(cells.size());
  ordered_json survival = ordered_json::array();
  for (const NewbornCounts& layer : checkpoint.evolution.survival) {
    survival.push_back({{"newborns", layer.newborns}, {"survived", layer.survived}});
  }
  ordered_json previous = ordered_json::array();
  for (const CellList& cells : checkpoint.previous_masks) previous.push_back(cells.size());
  return ordered_json{{"due", checkpoint.evolution.due},
                      {"performed", checkpoint.evolution.performed},
                      {"young", young},
                      {"newborns", newborns},
                      {"survival", survival},
                      {"previous_cells", previous},
                      {"bytes", checkpoint.evolutions.bytes},
                      {"crc32", checkpoint.evolutions.crc32}}
      .dump();
}

std::string history_to_json(const History& history) {
  std::string text =
      fmt::format(R"({{"epochs":{},"paused_epochs":{})", history.epochs, history.paused_epochs);
  if (history.epochs > 0) {
    text += fmt::format(
        R"(,"first":{},"best":{},"last":{},"improved":{})", to_json_line(history.first),
        to_json_line(history.best), to_json_line(history.last),
        ordered_json{{"epoch", history.improved.epoch}, {"value", history.improved.value}}.dump());
  }
  return text + fmt::format(R"(,"recent":{}}})", json(history.recent).dump());
}

std::uint32_t lines_before_last(const History& history) {
  return history.epochs == 0 ? 0 : history.epochs - 1;
}

std::string metrics_to_json(const Checkpoint& checkpoint) {
  return fmt::format(R"({{"lines":{},"bytes":{},"crc32":{}}})",
                     lines_before_last(checkpoint.history), checkpoint.metrics.bytes,
                     checkpoint.metrics.crc32);
}

std::string data_to_json(const DatasetDigest& data) {
  return ordered_json{{"train_images", data.train_features}, {"train_labels", data.train_labels},
                      {"test_images", data.test_features},   {"test_labels", data.test_labels},
                      {"train_samples", data.train_samples}, {"test_samples", data.test_samples}}
      .dump();
}

std::string schema_to_json(const DataSchema& schema) {
  ordered_json columns = ordered_json::array();
  for (const DataColumn& column : schema.columns) {
    ordered_json entry = {{"name", column.name}};
    if (!column.categories.empty()) entry["categories"] = column.categories;
    columns.push_back(std::move(entry));
  }
  return ordered_json{{"is_image", schema.is_image},
                      {"zero_based", schema.zero_based},
                      {"label", schema.label},
                      {"columns", columns}}
      .dump();
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

bool has_all_records(const Metadata& metadata) {
  return entry(metadata, "version") == fmt::format("{}", kOldestCheckpointVersion);
}

constexpr int kFirstVersionWithEvolutions = 4;
constexpr int kFirstVersionWithImprovements = 5;
constexpr int kFirstVersionWithNewborns = 6;
constexpr int kFirstVersionWithSchemas = 7;

/// Of a file whose version is_read().
bool is_older_than(int version, const Metadata& metadata) {
  return std::stoi(entry(metadata, "version")) < version;
}

bool is_read(const std::string& version) {
  for (int known = kOldestCheckpointVersion; known <= kCheckpointVersion; ++known) {
    if (version == fmt::format("{}", known)) return true;
  }
  return false;
}

[[noreturn]] void throw_other_version(const std::string& version, const std::string& program) {
  int number = 0;
  const char* const end = version.data() + version.size();
  const auto [stop, error] = std::from_chars(version.data(), end, number);
  if (error != std::errc() || stop != end || number < 1) {
    throw Error(fmt::format("its checkpoint version `{}` is none", version));
  }
  throw ForeignCheckpoint(
      fmt::format(
          "it has checkpoint version {} and was written by {} regrow, {}, while this regrow "
          "{} reads versions {} to {}",
          version, number > kCheckpointVersion ? "a newer" : "an older", program, kVersion,
          kOldestCheckpointVersion, kCheckpointVersion),
      fmt::format("use regrow {}", program));
}

void check_format(const Metadata& metadata) {
  const auto format = metadata.find("format");
  if (format == metadata.end() || format->second != kFormat) {
    throw ForeignCheckpoint(
        "it is not a regrow checkpoint: its metadata lack `format` = regrow-checkpoint",
        "give one that regrow wrote, such as RUN/last.safetensors");
  }
  const std::string& version = entry(metadata, "version");
  if (!is_read(version)) {
    throw_other_version(version, entry(metadata, "regrow"));
  }
}

Config parse_config(const std::string& toml) {
  Config named;
  apply_toml(named, toml, "config");
  Config config = preset_config(named.preset, named.dataset, named.method);
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

EpochEvolutions parse_evolved(const JsonFields& fields) {
  EpochEvolutions evolved;
  evolved.due = fields.count32("due");
  evolved.paused = fields.count32("paused");
  if (!fields.is_absent("theta")) evolved.theta = fields.number("theta");
  for (const json& value : fields.array("layers")) {
    const JsonFields layer(value,
                           fmt::format("progress: evolved: layers[{}]", evolved.layers.size()));
    evolved.layers.push_back({layer.count("dropped"), layer.count("grown"),
                              layer.count_or_zero("newborns"), layer.count_or_zero("survived")});
  }
  return evolved;
}

TrainingCost parse_cost(const JsonFields& fields) {
  return {.steps = fields.count("steps"),
          .connection_steps = fields.count("connection_steps"),
          .peak_connections = fields.count("peak_connections"),
          .forward = fields.count("forward"),
          .backward = fields.count("backward"),
          .scoring = fields.count("scoring")};
}

Progress parse_progress(const std::string& text) {
  const json value = parse_json(text, "progress");
  const JsonFields fields(value, "progress");
  Progress progress;
  progress.epoch = fields.count32("epoch");
  progress.step = fields.count32("step");
  progress.sums = {.loss = fields.number("loss"),
                   .hits = fields.count("hits"),
                   .samples = fields.count("samples")};
  if (!fields.is_absent("evolved")) progress.evolved = parse_evolved(fields.object("evolved"));
  progress.evolution_pending = fields.flag("evolution_pending");
  if (!fields.is_absent("cost")) progress.cost = parse_cost(fields.object("cost"));
  return progress;
}

std::vector<double> numbers_from(const JsonFields& fields, const char* name) {
  std::vector<double> numbers;
  for (const json& number : fields.array(name)) {
    if (!number.is_number()) {
      throw Error(fmt::format("{}: field `{}` must be an array of numbers", fields.source(), name));
    }
    numbers.push_back(number.get<double>());
  }
  return numbers;
}

std::vector<std::uint64_t> counts_from(const JsonFields& fields, const char* name) {
  std::vector<std::uint64_t> counts;
  for (const json& count : fields.array(name)) {
    if (!count.is_number_unsigned()) {
      throw Error(fmt::format("evolution: field `{}` must be an array of counts", name));
    }
    counts.push_back(count.get<std::uint64_t>());
  }
  return counts;
}

/// Of an older version, whose runs evolved once an epoch and kept no records of it.
EvolutionState evolution_of_epochs(const Checkpoint& checkpoint) {
  EvolutionState state;
  if (!method_row(checkpoint.config.method).evolves) return state;
  const History& history = checkpoint.history;
  const bool is_last_pending = checkpoint.progress.evolution_pending && history.epochs > 0;
  state.due = history.epochs - (is_last_pending ? 1 : 0);
  state.performed = state.due - std::min<std::uint64_t>(state.due, history.paused_epochs);
  return state;
}

void parse_evolution(const Metadata& metadata, CheckpointHead& head) {
  if (is_older_than(kFirstVersionWithEvolutions, metadata)) {
    head.checkpoint.evolution = evolution_of_epochs(head.checkpoint);
    return;
  }
  const json value = parse_json(entry(metadata, "evolution"), "evolution");
  const JsonFields fields(value, "evolution");
  head.checkpoint.evolution.due = fields.count("due");
  head.checkpoint.evolution.performed = fields.count("performed");
  head.checkpoint.evolutions = {.bytes = fields.count("bytes"), .crc32 = fields.count32("crc32")};
  head.young = counts_from(fields, "young");
  head.previous_cells = counts_from(fields, "previous_cells");
  if (is_older_than(kFirstVersionWithNewborns, metadata)) return;
  head.newborns = counts_from(fields, "newborns");
  std::vector<NewbornCounts>& survival = head.checkpoint.evolution.survival;
  for (const json& each : fields.array("survival")) {
    const JsonFields layer(each, fmt::format("evolution: survival[{}]", survival.size()));
    survival.push_back({layer.count("newborns"), layer.count("survived")});
  }
}

EpochRecord parse_record(const JsonFields& history, const char* name) {
  return epoch_record_from(history.object(name));
}

/// Before there was a margin, the best epoch was the last improvement.
Improvement parse_improvement(const Metadata& metadata, const JsonFields& history,
                              const Checkpoint& checkpoint) {
  if (is_older_than(kFirstVersionWithImprovements, metadata)) {
    const EpochRecord& best = checkpoint.history.best;
    return {best.epoch, measured(checkpoint.config.monitor, best)};
  }
  const JsonFields fields = history.object("improved");
  return {.epoch = fields.count32("epoch"), .value = fields.number("value")};
}

void parse_history(const Metadata& metadata, Checkpoint& checkpoint) {
  const json value = parse_json(entry(metadata, "history"), "history");
  const JsonFields fields(value, "history");
  History& history = checkpoint.history;
  history.epochs = fields.count32("epochs");
  history.paused_epochs = fields.count32("paused_epochs");
  const std::vector<double> recent = numbers_from(fields, "recent");
  history.recent.assign(recent.begin(), recent.end());
  if (history.epochs > 0) {
    history.first = parse_record(fields, "first");
    history.best = parse_record(fields, "best");
    history.last = parse_record(fields, "last");
    history.improved = parse_improvement(metadata, fields, checkpoint);
  }

  const json metrics = parse_json(entry(metadata, "metrics"), "metrics");
  const JsonFields lines(metrics, "metrics");
  checkpoint.metrics = {.bytes = lines.count("bytes"), .crc32 = lines.count32("crc32")};
  if (lines.count32("lines") != lines_before_last(history)) {
    throw Error("metrics: their lines do not fit the number of epochs");
  }
}

/// Of version 2: the records of all epochs.
void parse_records(const Metadata& metadata, Checkpoint& checkpoint) {
  for (const json& value : json_array(metadata, "history")) {
    const std::string source = fmt::format("history[{}]", checkpoint.records.size());
    checkpoint.records.push_back(epoch_record_from(JsonFields(value, source)));
    if (checkpoint.records.back().epoch + 1 != checkpoint.records.size()) {
      throw Error("the history skips an epoch");
    }
  }
  for (const EpochRecord& record : checkpoint.records) {
    if (checkpoint.history.epochs > 0) {
      checkpoint.metrics =
          extended(checkpoint.metrics, to_json_line(checkpoint.history.last) + "\n");
    }
    append(checkpoint.history, checkpoint.config, checkpoint.config, record);
  }
}

/// What versions before had not, and what not every run has.
void parse_optional(const Metadata& metadata, Checkpoint& checkpoint) {
  if (metadata.contains("data")) {
    const json value = parse_json(entry(metadata, "data"), "data");
    const JsonFields fields(value, "data");
    checkpoint.data = {.train_features = fields.text("train_images"),
                       .train_labels = fields.text("train_labels"),
                       .test_features = fields.text("test_images"),
                       .test_labels = fields.text("test_labels"),
                       .train_samples = fields.count_or_zero("train_samples"),
                       .test_samples = fields.count_or_zero("test_samples")};
  }
  if (metadata.contains("target_scale")) {
    const json value = parse_json(entry(metadata, "target_scale"), "target_scale");
    const JsonFields fields(value, "target_scale");
    checkpoint.target_scale = {numbers_from(fields, "mean"), numbers_from(fields, "deviation")};
  }
  if (metadata.contains("computed_by")) {
    for (const json& value : json_array(metadata, "computed_by")) {
      const JsonFields fields(value, fmt::format("computed_by[{}]", checkpoint.computed_by.size()));
      checkpoint.computed_by.push_back({.epoch = fields.count32("epoch"),
                                        .step = fields.count32("step"),
                                        .device = fields.text("device"),
                                        .instruction_set = fields.text("instruction_set")});
    }
  }
  if (metadata.contains("initial_network")) {
    checkpoint.initial_digest = entry(metadata, "initial_network");
  }
}

std::vector<std::string> texts_from(const JsonFields& fields, const char* name) {
  std::vector<std::string> texts;
  for (const json& text : fields.array(name)) {
    if (!text.is_string()) throw Error(fmt::format("{}: is not an array of strings", name));
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

/// Before, data sets had names, and were images or were taken for such.
void parse_schema(const Metadata& metadata, Checkpoint& checkpoint) {
  if (is_older_than(kFirstVersionWithSchemas, metadata)) {
    checkpoint.data_name = name_of(checkpoint.config.dataset);
    return;
  }
  checkpoint.data_name = entry(metadata, "data_name");
  const json value = parse_json(entry(metadata, "schema"), "schema");
  const JsonFields fields(value, "schema");
  DataSchema& schema = checkpoint.schema;
  schema.is_image = fields.flag("is_image");
  schema.zero_based = fields.flag("zero_based");
  schema.label = fields.text("label");
  for (const json& each : fields.array("columns")) {
    const JsonFields column(each, fmt::format("schema: columns[{}]", schema.columns.size()));
    schema.columns.push_back({column.text("name"), {}});
    if (column.is_absent("categories")) continue;
    schema.columns.back().categories = texts_from(column, "categories");
  }
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

ordered_json to_json(std::span<const ComputedBy> stretches) {
  ordered_json list = ordered_json::array();
  for (const ComputedBy& one : stretches) {
    list.push_back({{"epoch", one.epoch},
                    {"step", one.step},
                    {"device", one.device},
                    {"instruction_set", one.instruction_set}});
  }
  return list;
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
      {"data_name", checkpoint.data_name},
      {"schema", schema_to_json(checkpoint.schema)},
      {"class_names", json(checkpoint.class_names).dump()},
      {"precision", checkpoint.network.precision == Precision::kFloat32 ? "float32" : "float64"},
      {"layers", layers_to_json(checkpoint)},
      {"progress", progress_to_json(checkpoint.progress)},
      {"history", history_to_json(checkpoint.history)},
      {"metrics", metrics_to_json(checkpoint)},
      {"evolution", evolution_to_json(checkpoint)}};
  if (checkpoint.data != DatasetDigest()) metadata["data"] = data_to_json(checkpoint.data);
  if (checkpoint.target_scale != TargetScale()) {
    metadata["target_scale"] = ordered_json{{"mean", checkpoint.target_scale.mean},
                                            {"deviation", checkpoint.target_scale.deviation}}
                                   .dump();
  }
  if (!checkpoint.computed_by.empty()) {
    metadata["computed_by"] = to_json(checkpoint.computed_by).dump();
  }
  if (!checkpoint.initial_digest.empty()) metadata["initial_network"] = checkpoint.initial_digest;
  if (checkpoint.history.epochs > 0) {
    metadata["initial_loss"] = fmt::format("{}", checkpoint.history.first.loss);
    metadata["best_epoch"] = fmt::format("{}", checkpoint.history.best.epoch);
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
  parse_optional(metadata, checkpoint);
  checkpoint.shape = parse_shape(entry(metadata, "shape"));
  parse_schema(metadata, checkpoint);
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
  if (has_all_records(metadata)) {
    parse_records(metadata, checkpoint);
  } else {
    parse_history(metadata, checkpoint);
  }
  parse_evolution(metadata, head);
  for (const json& value : json_array(metadata, "layers")) {
    head.layers.push_back(parse_layer(value, head.layers.size()));
  }
  for (std::size_t i = 0; i + 1 < head.layers.size(); ++i) {
    LayerState& layer = head.layers[i].layer;
    layer.activation = activation_of(checkpoint.config, i);
    layer.activation_parameters.resize(parameter_names(layer.activation).size());
  }
  return head;
}

}  // namespace regrow

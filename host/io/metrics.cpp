// Records and timings as lines of JSON. Written with the shortest digits that read back exactly.
#include "regrow/metrics.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <iterator>

#include "io/json_fields.h"
#include "regrow/error.h"

namespace regrow {
namespace {

/// The shortest digits that read back exactly, and never as an integer: −0 would lose its sign.
std::string digits(double value) {
  // JSON has no NaN and no infinity; the trainer stops before it records one.
  REGROW_CHECK(std::isfinite(value), "a number that JSON cannot hold");
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string numbers(const FiveNumbers& values) {
  return fmt::format("[{}]", fmt::join(values, ","));
}

/// The connections evaluated where all the epoch's evolutions came after: what a line without the
/// field `evaluated` means, as that of every run that evolves at the ends of epochs only. Of counts
/// that do not add up it is whatever it is.
std::uint64_t evaluated_before_all(const LayerRecord& layer) {
  return layer.connections - layer.grown + layer.dropped;
}

std::string to_json(const std::optional<LayerTopology>& topology) {
  if (!topology) return "null";
  return fmt::format(R"({{"overlap_previous":{},"overlap_first":{},"explored":{},"dead":{},)"
                     R"("unconnected_inputs":{},"in_degree":{},"out_degree":{}}})",
                     digits(topology->overlap_previous), digits(topology->overlap_first),
                     topology->explored ? digits(*topology->explored) : "null", topology->dead,
                     topology->unconnected_inputs, numbers(topology->in_degree),
                     numbers(topology->out_degree));
}

std::optional<LayerTopology> topology_from(const JsonFields& layer) {
  if (layer.is_absent("topology")) return std::nullopt;  // older runs have none
  const JsonFields fields = layer.object("topology");
  LayerTopology topology;
  topology.overlap_previous = fields.number("overlap_previous");
  topology.overlap_first = fields.number("overlap_first");
  topology.explored = fields.number_or_null("explored");
  topology.dead = fields.count("dead");
  topology.unconnected_inputs = fields.count("unconnected_inputs");
  topology.in_degree = fields.five_counts("in_degree");
  topology.out_degree = fields.five_counts("out_degree");
  return topology;
}

}  // namespace

std::string to_json_line(const EpochRecord& record) {
  std::string line = fmt::format(
      R"({{"epoch":{},"loss":{},"accuracy":{},"val_loss":{},"val_accuracy":{},"test_loss":{},)"
      R"("test_accuracy":{},"theta":{},"paused":{},"connections":{},"layers":[)",
      record.epoch, digits(record.loss), digits(record.accuracy), digits(record.val_loss),
      digits(record.val_accuracy), digits(record.test_loss), digits(record.test_accuracy),
      record.theta ? digits(*record.theta) : "null", record.paused, record.connections);
  for (const LayerRecord& layer : record.layers) {
    fmt::format_to(std::back_inserter(line),
                   R"({}{{"connections":{},"negatives":{},"positives":{},"dropped":{},"grown":{},)"
                   R"({}{}"topology":{}}})",
                   &layer == record.layers.data() ? "" : ",", layer.connections, layer.negatives,
                   layer.positives, layer.dropped, layer.grown,
                   layer.evaluated == evaluated_before_all(layer)
                       ? ""
                       : fmt::format(R"("evaluated":{},)", layer.evaluated),
                   layer.newborns == 0 ? ""
                                       : fmt::format(R"("newborns":{},"survived":{},)",
                                                     layer.newborns, layer.survived),
                   to_json(layer.topology));
  }
  return line + "]}";
}

std::string to_json_line(const EpochTimings& timings) {
  return fmt::format(
      R"({{"epoch":{},"seconds":{{"train":{},"evaluate":{},"evolve":{},"snapshot":{},"wait":{}}},)"
      R"("beside":{{"topology":{},"histograms":{},"write":{},"checkpoint":{}}}{}}})",
      timings.epoch, digits(timings.train), digits(timings.evaluate), digits(timings.evolve),
      digits(timings.snapshot), digits(timings.wait), digits(timings.topology),
      digits(timings.histograms), digits(timings.write), digits(timings.checkpoint),
      timings.start > 0 ? fmt::format(R"(,"start":{})", digits(timings.start)) : "");
}

EpochRecord epoch_record_from(const JsonFields& fields) {
  EpochRecord record;
  record.epoch = fields.count32("epoch");
  record.loss = fields.number("loss");
  record.accuracy = fields.number("accuracy");
  record.val_loss = fields.number("val_loss");
  record.val_accuracy = fields.number("val_accuracy");
  record.test_loss = fields.number("test_loss");
  record.test_accuracy = fields.number("test_accuracy");
  record.theta = fields.number_or_null("theta");
  record.paused = fields.flag("paused");
  record.connections = fields.count("connections");
  for (const nlohmann::json& value : fields.array("layers")) {
    const JsonFields layer(value,
                           fmt::format("{}: layers[{}]", fields.source(), record.layers.size()));
    LayerRecord& counts = record.layers.emplace_back();
    counts.connections = layer.count("connections");
    counts.negatives = layer.count("negatives");
    counts.positives = layer.count("positives");
    counts.dropped = layer.count("dropped");
    counts.grown = layer.count("grown");
    counts.evaluated =
        layer.is_absent("evaluated") ? evaluated_before_all(counts) : layer.count("evaluated");
    counts.newborns = layer.count_or_zero("newborns");
    counts.survived = layer.count_or_zero("survived");
    counts.topology = topology_from(layer);
  }
  return record;
}

EpochRecord parse_epoch_record(const std::string& line, const std::string& source) {
  const nlohmann::json value = parse_json(line, source);
  return epoch_record_from(JsonFields(value, source));
}

EpochTimings parse_epoch_timings(const std::string& line, const std::string& source) {
  const nlohmann::json value = parse_json(line, source);
  const JsonFields fields(value, source);
  const JsonFields seconds = fields.object("seconds");
  EpochTimings timings;
  timings.epoch = fields.count32("epoch");
  timings.train = seconds.duration("train");
  timings.evaluate = seconds.duration("evaluate");
  timings.evolve = seconds.is_absent("evolve")
                       ? seconds.duration("drop") + seconds.duration("grow")  // of older runs
                       : seconds.duration("evolve");
  if (fields.is_absent("beside")) {
    timings.wait = timings.write = seconds.duration("write");
    return timings;
  }
  timings.snapshot = seconds.duration("snapshot");
  timings.wait = seconds.duration("wait");
  const JsonFields beside = fields.object("beside");
  timings.topology = beside.duration("topology");
  timings.histograms = beside.duration("histograms");
  timings.write = beside.duration("write");
  // Older runs have neither.
  if (!beside.is_absent("checkpoint")) timings.checkpoint = beside.duration("checkpoint");
  if (!fields.is_absent("start")) timings.start = fields.duration("start");
  return timings;
}

}  // namespace regrow

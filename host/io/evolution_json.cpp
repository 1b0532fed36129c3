// Records of evolutions as lines of JSON.
#include <fmt/format.h>

#include <cmath>
#include <iterator>

#include "base/numbers.h"
#include "io/json_fields.h"
#include "regrow/error.h"
#include "regrow/metrics.h"

namespace regrow {
namespace {

constexpr double kMillion = 1e6;

std::string to_json(const SignCounts& counts) {
  return fmt::format(R"({{"negatives":{},"positives":{},"zeros":{}}})", counts.negatives,
                     counts.positives, counts.zeros);
}

SignCounts signs_from(const JsonFields& layer, const char* name) {
  const JsonFields fields = layer.object(name);
  return {fields.count("negatives"), fields.count("positives"), fields.count("zeros")};
}

}  // namespace

std::string to_json_line(const EvolutionRecord& record) {
  std::string line = fmt::format(
      R"({{"number":{},"epoch":{},"step":{},"within_epoch":{},"paused":{},"replaces_step":{},)"
      R"("theta":{},"zeta":{},"density":{},"layers":[)",
      record.number, record.epoch, record.step, record.is_within_epoch, record.is_paused,
      record.replaces_step, print_real(record.theta), print_real(record.zeta_millionths / kMillion),
      print_real(record.density));
  for (const EvolvedLayer& layer : record.layers) {
    fmt::format_to(
        std::back_inserter(line),
        R"({}{{"present":{},"candidates":{},"dropped":{},"target":{},"grown":{},"filled":{},)"
        R"("scored":{},"newborns":{},"survived":{}}})",
        &layer == record.layers.data() ? "" : ",", to_json(layer.present),
        to_json(layer.candidates), to_json(layer.dropped), layer.target, layer.grown, layer.filled,
        layer.scored, layer.newborns, layer.survived);
  }
  return line + "]}";
}

EvolutionRecord parse_evolution_record(const std::string& line, const std::string& source) {
  const nlohmann::json value = parse_json(line, source);
  const JsonFields fields(value, source);
  EvolutionRecord record;
  record.number = fields.count("number");
  record.epoch = fields.count32("epoch");
  record.step = fields.count("step");
  record.is_within_epoch = fields.flag("within_epoch");
  record.is_paused = fields.flag("paused");
  if (!fields.is_absent("replaces_step")) record.replaces_step = fields.flag("replaces_step");
  record.theta = fields.number("theta");
  const double zeta = fields.number("zeta");
  if (!(zeta >= 0 && zeta <= 1)) {
    throw Error(fmt::format("{}: field `zeta` must be from 0 to 1", source));
  }
  record.zeta_millionths = static_cast<std::uint32_t>(std::lround(zeta * kMillion));
  record.density = fields.number("density");
  for (const nlohmann::json& each : fields.array("layers")) {
    const JsonFields layer(each, fmt::format("{}: layers[{}]", source, record.layers.size()));
    record.layers.push_back({.present = signs_from(layer, "present"),
                             .candidates = signs_from(layer, "candidates"),
                             .dropped = signs_from(layer, "dropped"),
                             .target = layer.count("target"),
                             .grown = layer.count("grown"),
                             .filled = layer.count("filled"),
                             .scored = layer.count_or_zero("scored"),  // older runs have none
                             .newborns = layer.count_or_zero("newborns"),
                             .survived = layer.count_or_zero("survived")});
  }
  return record;
}

}  // namespace regrow

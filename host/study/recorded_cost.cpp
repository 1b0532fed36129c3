#include "study/recorded_cost.h"

#include <nlohmann/json.hpp>

#include "io/json_fields.h"
#include "regrow/error.h"

namespace regrow {
namespace {

RecordedCost cost_in(const JsonFields& summary, std::uint64_t epochs) {
  RecordedCost recorded;
  if (summary.count("epochs") != epochs) return recorded;
  if (!summary.is_absent("cost")) {
    const JsonFields cost = summary.object("cost");
    recorded.mean_connections = cost.number("mean_connections");
    recorded.peak_connections = cost.number("peak_connections");
    recorded.flops =
        cost.number("forward_flops") + cost.number("backward_flops") + cost.number("scoring_flops");
  }
  if (!summary.is_absent("survival")) {
    recorded.survival = summary.object("survival").number_or_null("share");
  }
  return recorded;
}

}  // namespace

RecordedCost recorded_cost(const RunFolder& folder, std::uint64_t epochs) {
  try {
    const std::filesystem::path path = folder.path() / "summary.json";
    const nlohmann::json value = parse_json(read_file(path), path.string());
    return cost_in(JsonFields(value, path.string()), epochs);
  } catch (const Error&) {
    return {};
  }
}

}  // namespace regrow

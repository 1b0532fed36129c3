// Summaries as JSON, and what is derived from a run's records.
#include "io/summary.h"

#include <algorithm>

#include "io/json_fields.h"
#include "regrow/error.h"

namespace regrow {
namespace {

using nlohmann::ordered_json;

/// A record with its α and β; infinite ones, of a network without connections, become null.
ordered_json record_to_json(const EpochRecord& record) {
  ordered_json object = ordered_json::parse(to_json_line(record));
  object["alpha"] = alpha(record);
  object["beta"] = beta(record);
  return object;
}

}  // namespace

std::size_t best_epoch(std::span<const EpochRecord> history) {
  REGROW_CHECK(!history.empty(), "the best epoch of an empty history");
  const auto best = std::max_element(
      history.begin(), history.end(),
      [](const EpochRecord& a, const EpochRecord& b) { return a.val_accuracy < b.val_accuracy; });
  return static_cast<std::size_t>(best - history.begin());
}

double alpha(const EpochRecord& record) {
  return record.test_accuracy / static_cast<double>(record.connections);
}

double beta(const EpochRecord& record) {
  return record.test_loss * static_cast<double>(record.connections);
}

std::string summary_to_json(const Summary& summary) {
  const ordered_json object = {{"version", summary.version},
                               {"status", summary.status},
                               {"dataset", summary.dataset},
                               {"method", summary.method},
                               {"measure", summary.measure},
                               {"pause", summary.pause},
                               {"grow", summary.grow},
                               {"validation", summary.validation},
                               {"seed", summary.seed},
                               {"data_seed", summary.data_seed},
                               {"device", summary.device},
                               {"instruction_set", summary.instruction_set},
                               {"threads", summary.threads},
                               {"epochs", summary.epochs},
                               {"accuracy", summary.final.test_accuracy},
                               {"loss", summary.final.test_loss},
                               {"connections", summary.final.connections},
                               {"alpha", alpha(summary.final)},
                               {"beta", beta(summary.final)},
                               {"initial_connections", summary.initial_connections},
                               {"paused_epochs", summary.paused_epochs},
                               {"seconds", summary.seconds},
                               {"seconds_per_epoch", summary.seconds_per_epoch},
                               {"final", record_to_json(summary.final)},
                               {"best", record_to_json(summary.best)}};
  return object.dump(2) + "\n";
}

Summary parse_summary(const std::string& text, const std::string& source) {
  const nlohmann::json value = parse_json(text, source);
  const JsonFields fields(value, source);
  Summary summary;
  summary.version = fields.text("version");
  summary.status = fields.text("status");
  summary.dataset = fields.text("dataset");
  summary.method = fields.text("method");
  summary.measure = fields.text("measure");
  summary.pause = fields.text("pause");
  summary.grow = fields.text("grow");
  summary.validation = fields.text("validation");
  summary.seed = fields.integer("seed");
  summary.data_seed = fields.integer("data_seed");
  summary.device = fields.text("device");
  summary.instruction_set = fields.text("instruction_set");
  summary.threads = fields.count32("threads");
  summary.epochs = fields.count32("epochs");
  summary.initial_connections = fields.count("initial_connections");
  summary.paused_epochs = fields.count("paused_epochs");
  summary.seconds = fields.number("seconds");
  summary.seconds_per_epoch = fields.number("seconds_per_epoch");
  summary.final = epoch_record_from(fields.object("final"));
  summary.best = epoch_record_from(fields.object("best"));
  return summary;
}

}  // namespace regrow

// Summaries as JSON, and what is derived from a run's records.
#include "io/summary.h"

#include <algorithm>

#include "io/checkpoint_metadata.h"
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

/// A multiplication and an addition are two operations.
double flops(std::uint64_t multiply_adds) { return 2 * static_cast<double>(multiply_adds); }

ordered_json training_cost_to_json(const TrainingCost& cost) {
  return {{"steps", cost.steps},
          {"mean_connections", mean_connections(cost)},
          {"peak_connections", cost.peak_connections},
          {"forward_flops", flops(cost.forward)},
          {"backward_flops", flops(cost.backward)},
          {"scoring_flops", flops(cost.scoring)}};
}

/// `share` is null where there were no newborns yet.
ordered_json counts_to_json(const NewbornCounts& counts) {
  ordered_json object = {{"newborns", counts.newborns}, {"survived", counts.survived}};
  if (counts.newborns == 0) {
    object["share"] = nullptr;
  } else {
    object["share"] = static_cast<double>(counts.survived) / static_cast<double>(counts.newborns);
  }
  return object;
}

ordered_json survival_to_json(const std::vector<NewbornCounts>& layers) {
  NewbornCounts all;
  ordered_json list = ordered_json::array();
  for (const NewbornCounts& layer : layers) {
    all.newborns += layer.newborns;
    all.survived += layer.survived;
    list.push_back(counts_to_json(layer));
  }
  ordered_json object = counts_to_json(all);
  object["layers"] = std::move(list);
  return object;
}

}  // namespace

std::size_t best_epoch(std::span<const EpochRecord> history, Measure monitor) {
  REGROW_CHECK(!history.empty(), "the best epoch of an empty history");
  std::size_t best = 0;
  for (std::size_t i = 1; i < history.size(); ++i) {
    const double value = measured(monitor, history[i]);
    if (is_better(monitor, value, measured(monitor, history[best]), 0)) best = i;
  }
  return best;
}

std::uint64_t evaluated_connections(const EpochRecord& record) {
  std::uint64_t connections = 0;
  for (const LayerRecord& layer : record.layers) connections += layer.evaluated;
  return connections;
}

double alpha(const EpochRecord& record) {
  return record.test_accuracy / static_cast<double>(evaluated_connections(record));
}

double beta(const EpochRecord& record) {
  return record.test_loss * static_cast<double>(evaluated_connections(record));
}

std::string summary_to_json(const Summary& summary) {
  ordered_json object = {{"version", summary.version},
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
                         {"stopped_early", summary.stopped_early},
                         {"accuracy", summary.final.test_accuracy},
                         {"loss", summary.final.test_loss},
                         {"connections", evaluated_connections(summary.final)},
                         {"alpha", alpha(summary.final)},
                         {"beta", beta(summary.final)},
                         {"initial_connections", summary.initial_connections},
                         {"paused_epochs", summary.paused_epochs},
                         {"seconds", summary.seconds},
                         {"seconds_per_epoch", summary.seconds_per_epoch},
                         {"final", record_to_json(summary.final)},
                         {"best", record_to_json(summary.best)}};
  if (summary.cost) object["cost"] = training_cost_to_json(*summary.cost);
  if (!summary.survival.empty()) object["survival"] = survival_to_json(summary.survival);
  if (!summary.computed_by.empty()) object["computed_by"] = to_json(summary.computed_by);
  return object.dump(2) + "\n";
}

}  // namespace regrow

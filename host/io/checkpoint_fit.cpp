// What is read is believed by whoever goes on with it: the trainer subtracts counts, the plans
// multiply them. So nothing leaves here that would not add up there.
#include "io/checkpoint_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <iterator>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "regrow/error.h"
#include "regrow/evolution/method.h"

namespace regrow {
namespace {

bool all_finite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
}

bool is_share(double x) { return x >= 0 && x <= 1; }

void check_data(const Checkpoint& checkpoint) {
  const auto& layers = checkpoint.network.layers;
  const Standardisation& standardisation = checkpoint.standardisation;
  if (layers.empty()) throw Error("it has no layers");
  const ImageShape& shape = checkpoint.shape;
  const std::uint64_t channel = std::uint64_t{shape.height} * shape.width;  // below 2^64
  const std::uint64_t inputs = layers.front().inputs;
  if (channel == 0 || channel > inputs || channel * shape.channels != inputs ||
      standardisation.mean.size() != inputs) {
    throw Error("the image shape does not fit the network's inputs");
  }
  if (const auto columns = inputs_of(checkpoint.schema); columns != 0 && columns != inputs) {
    throw Error("the columns of its schema do not fit the network's inputs");
  }
  if (checkpoint.class_names.size() != layers.back().outputs) {
    throw Error("the class names do not fit the network's outputs");
  }
  const TargetScale& scale = checkpoint.target_scale;
  if (scale.mean.size() != scale.deviation.size() ||
      (!scale.mean.empty() && scale.mean.size() != checkpoint.class_names.size()) ||
      !all_finite(scale.mean) || !all_finite(scale.deviation) ||
      std::any_of(scale.deviation.begin(), scale.deviation.end(),
                  [](double x) { return x <= 0; })) {
    throw Error("the scale of the targets does not fit the network's outputs");
  }
  // Infinite: of a feature that had one value in training.
  const auto is_positive = [](double x) { return x > 0; };
  if (!all_finite(standardisation.mean) ||
      !std::all_of(standardisation.deviation.begin(), standardisation.deviation.end(),
                   is_positive)) {
    throw Error("the standardisation is not finite, or divides by zero");
  }
  const auto& hidden = checkpoint.config.hidden;
  if (!std::equal(hidden.begin(), hidden.end(), layers.begin(), layers.end() - 1,
                  [](std::int64_t neurons, const LayerState& layer) {
                    return neurons == std::int64_t{layer.outputs};
                  })) {
    throw Error("the setting `hidden` does not fit the network's layers");
  }
}

void check_layers(const Checkpoint& checkpoint) {
  const auto& layers = checkpoint.network.layers;
  const bool is_dense = method_row(checkpoint.config.method).is_dense;
  if (layers.front().weights.slots.size() != slot_count(checkpoint.config.optimiser)) {
    throw Error("the setting `optimiser` does not fit what is kept of the parameters");
  }
  for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
    if ((layers[l].kind == LayerKind::kDense) != is_dense) {
      throw Error(fmt::format("the setting `method` does not fit the kind of layer {}", l));
    }
    if (layers[l].activation != activation_of(checkpoint.config, l)) {
      throw Error(fmt::format("the setting `activation` does not fit layer {}", l));
    }
    if (layers[l].budget > layers[l].cell_count()) {
      throw Error(fmt::format("the budget of layer {} is more than its cells", l));
    }
  }
}

void check_progress(const Checkpoint& checkpoint) {
  const Progress& at = checkpoint.progress;
  if (at.sums.samples !=
          std::uint64_t{at.step} * static_cast<std::uint64_t>(checkpoint.config.batch) ||
      at.sums.hits > at.sums.samples) {
    throw Error("the sums of the progress do not fit its steps");
  }
  if (at.epoch > checkpoint.config.epochs) {
    throw Error("the progress is beyond the run's epochs");
  }
  if (at.epoch != checkpoint.history.epochs) {
    throw Error("the history does not end where the progress begins");
  }
  if (at.evolution_pending && (at.step > 0 || at.epoch == 0)) {
    throw Error("the progress awaits an evolution where there is none");
  }
}

bool ascends(const std::vector<std::uint64_t>& cells) {
  return std::adjacent_find(cells.begin(), cells.end(), std::greater_equal<>()) == cells.end();
}

void check_young(const Checkpoint& checkpoint) {
  const EvolutionState& state = checkpoint.evolution;
  const std::vector<LayerState>& layers = checkpoint.network.layers;
  constexpr std::uint64_t kMostSteps = std::uint64_t{1} << 32;  // which no run has
  if (state.performed > state.due) throw Error("evolution: more took place than were due");
  if (state.due > kMostSteps) throw Error("evolution: more were due than a run has steps");
  if (state.young.empty()) return;
  if (state.young.size() != layers.size() || checkpoint.config.grace == 0) {
    throw Error("evolution: the young connections do not fit the layers, or there is no `grace`");
  }
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const YoungConnections& young = state.young[l];
    const std::vector<std::uint64_t>& cells = layers[l].cells;
    const bool is_born = std::all_of(young.born_in.begin(), young.born_in.end(),
                                     [&](std::uint64_t one) { return one < state.performed; });
    if (!ascends(young.cells) || !is_born || young.born_in.size() != young.cells.size() ||
        !std::includes(cells.begin(), cells.end(), young.cells.begin(), young.cells.end())) {
      throw Error(fmt::format("evolution: the young connections of layer {} are not its own", l));
    }
  }
}

/// Of connections that the next drop may take, some; so none of those that a grace keeps.
void check_newborns(const Checkpoint& checkpoint) {
  const EvolutionState& state = checkpoint.evolution;
  const std::vector<LayerState>& layers = checkpoint.network.layers;
  if (!state.newborns.empty() && state.newborns.size() != layers.size()) {
    throw Error("evolution: the newborn connections do not fit the layers");
  }
  for (std::size_t l = 0; l < state.newborns.size(); ++l) {
    const CellList& newborns = state.newborns[l];
    const std::vector<std::uint64_t>& cells = layers[l].cells;
    CellList kept;
    if (!state.young.empty()) {
      const CellList& young = state.young[l].cells;
      std::set_intersection(newborns.begin(), newborns.end(), young.begin(), young.end(),
                            std::back_inserter(kept));
    }
    if (!ascends(newborns) || !kept.empty() ||
        !std::includes(cells.begin(), cells.end(), newborns.begin(), newborns.end())) {
      throw Error(fmt::format("evolution: the newborn connections of layer {} are not its own", l));
    }
  }
  if (!state.survival.empty() && state.survival.size() + 1 != layers.size()) {
    throw Error("evolution: the counts of newborn connections do not fit the layers");
  }
  for (const NewbornCounts& layer : state.survival) {
    if (layer.survived > layer.newborns) {
      throw Error("evolution: more newborn connections survived than there were");
    }
  }
}

void check_previous_masks(const Checkpoint& checkpoint) {
  const std::vector<CellList>& masks = checkpoint.previous_masks;
  if (masks.empty()) return;
  const std::vector<LayerState>& layers = checkpoint.network.layers;
  if (masks.size() + 1 != layers.size()) {
    throw Error("evolution: the masks of the last epoch's end do not fit the layers");
  }
  for (std::size_t l = 0; l < masks.size(); ++l) {
    if (!ascends(masks[l]) || (!masks[l].empty() && masks[l].back() >= layers[l].cell_count())) {
      throw Error(
          fmt::format("evolution: the mask of layer {} at the last epoch's end is none", l));
    }
  }
}

/// A run that never went on elsewhere has no list.
void check_computed_by(const Checkpoint& checkpoint) {
  const std::vector<ComputedBy>& stretches = checkpoint.computed_by;
  if (stretches.empty()) return;
  const auto begin = [](const ComputedBy& one) { return std::pair(one.epoch, one.step); };
  const auto is_in_order = [&](const ComputedBy& a, const ComputedBy& b) {
    return begin(a) <= begin(b);
  };
  const Progress& at = checkpoint.progress;
  const ComputedBy& last = stretches.back();
  if (begin(stretches.front()) != std::pair(0U, 0U) || begin(last) > std::pair(at.epoch, at.step) ||
      std::adjacent_find(stretches.begin(), stretches.end(), std::not_fn(is_in_order)) !=
          stretches.end() ||
      last.device != checkpoint.device || last.instruction_set != checkpoint.instruction_set) {
    throw Error("`computed_by` does not lead to the device and the step where the run is");
  }
}

/// The counts of an epoch's record of one layer. They are compared without a sum that overflows.
void check_layer(const LayerRecord& record, std::uint64_t cells, const std::string& where) {
  const auto refuse = [&](const char* field) {
    throw Error(fmt::format("{}: the counts of `{}` do not fit the layer", where, field));
  };
  if (record.connections > cells) refuse("connections");
  if (record.evaluated > cells) refuse("evaluated");
  if (record.negatives > record.evaluated) refuse("negatives");
  if (record.positives > record.evaluated - record.negatives) refuse("positives");
  if (!record.topology) return;
  const LayerTopology& topology = *record.topology;
  if (!is_share(topology.overlap_previous) || !is_share(topology.overlap_first) ||
      !is_share(topology.explored.value_or(0))) {
    throw Error(fmt::format("{}: a share of the topology is not from 0 to 1", where));
  }
}

void check_record(const EpochRecord& record, const Checkpoint& checkpoint,
                  const std::string& name) {
  const NetworkState& network = checkpoint.network;
  const std::array losses = {record.loss, record.val_loss, record.test_loss};
  if (!all_finite(losses)) throw Error(fmt::format("{}: a loss is not finite", name));
  if (!is_share(record.accuracy) || !is_share(record.val_accuracy) ||
      !is_share(record.test_accuracy)) {
    throw Error(fmt::format("{}: an accuracy is not from 0 to 1", name));
  }
  if (record.theta && !(*record.theta >= 0 && *record.theta <= checkpoint.config.theta_max)) {
    throw Error(fmt::format("{}: theta is not from 0 to theta_max", name));
  }
  if (record.layers.size() + 1 != network.layers.size()) {
    throw Error(fmt::format("{}: it has {} layers, and the network {} hidden ones", name,
                            record.layers.size(), network.layers.size() - 1));
  }
  std::uint64_t connections = 0;
  for (std::size_t l = 0; l < record.layers.size(); ++l) {
    check_layer(record.layers[l], network.layers[l].cell_count(),
                fmt::format("{}: layers[{}]", name, l));
    connections += record.layers[l].connections;
  }
  if (connections != record.connections) {
    throw Error(fmt::format("{}: its connections are not those of its layers", name));
  }
}

void check_last_record(const Checkpoint& checkpoint) {
  const EpochRecord& last = checkpoint.history.last;
  for (std::size_t l = 0; l < last.layers.size(); ++l) {
    const LayerRecord& layer = last.layers[l];
    const std::vector<EpochEvolutions::Layer>& since = checkpoint.progress.evolved.layers;
    const EpochEvolutions::Layer evolved = l < since.size() ? since[l] : EpochEvolutions::Layer();
    // Without a sum that overflows: a wrong count makes another number, whichever way it wraps.
    if (layer.connections - evolved.dropped + evolved.grown !=
        checkpoint.network.layers[l].connections()) {
      throw Error(fmt::format("history: last: layers[{}]: the network has other connections", l));
    }
    if (!checkpoint.progress.evolution_pending) continue;
    if (layer.connections != layer.evaluated) {
      throw Error(fmt::format("history: last: layers[{}]: its evolution is still to come", l));
    }
    // What is dropped is planned from these.
    const std::vector<double>& weights = checkpoint.network.layers[l].weights.values;
    const auto is_negative = [](double weight) { return weight < 0; };
    const auto is_positive = [](double weight) { return weight > 0; };
    const auto count = [&](auto is_one) {
      return static_cast<std::uint64_t>(std::count_if(weights.begin(), weights.end(), is_one));
    };
    if (layer.negatives != count(is_negative) || layer.positives != count(is_positive)) {
      throw Error(fmt::format("history: last: layers[{}]: the network has other signs", l));
    }
  }
}

void check_recent(const Checkpoint& checkpoint) {
  const History& history = checkpoint.history;
  const Config& config = checkpoint.config;
  const bool has_pause = config.pause != Measure::kNone;
  const auto window = static_cast<std::size_t>(config.pause_gap) + 1;
  const std::size_t expected = has_pause ? std::min<std::size_t>(history.epochs, window) : 0;
  if (history.recent.size() != expected ||
      (expected > 0 && history.recent.back() != measured(config.pause, history.last))) {
    throw Error("history: `recent` is not what the pause looks at");
  }
}

void check_improvement(const Checkpoint& checkpoint) {
  const History& history = checkpoint.history;
  const Measure monitor = checkpoint.config.monitor;
  const Improvement& improved = history.improved;
  bool is_wrong = improved.epoch > history.best.epoch || !std::isfinite(improved.value);
  for (const EpochRecord* one : {&history.first, &history.best, &history.last}) {
    if (one->epoch == improved.epoch && measured(monitor, *one) != improved.value) is_wrong = true;
  }
  if (is_wrong) throw Error("history: `improved` fits no record");
}

void check_history(const Checkpoint& checkpoint) {
  const History& history = checkpoint.history;
  if (history.paused_epochs > history.epochs) throw Error("history: more pauses than epochs");
  check_recent(checkpoint);
  if ((history.epochs > 1) != (checkpoint.metrics.bytes > 0)) {
    throw Error("metrics: their size does not fit the number of epochs");
  }
  for (const EpochRecord& record : checkpoint.records) {
    check_record(record, checkpoint, fmt::format("history[{}]", record.epoch));
  }
  if (history.epochs == 0) return;
  check_record(history.first, checkpoint, "history: first");
  check_record(history.best, checkpoint, "history: best");
  check_record(history.last, checkpoint, "history: last");
  check_last_record(checkpoint);
  if (history.first.epoch != 0 || history.last.epoch != history.epochs - 1 ||
      history.best.epoch >= history.epochs) {
    throw Error("history: a record of another epoch");
  }
  const Measure monitor = checkpoint.config.monitor;
  const double best = measured(monitor, history.best);
  for (const EpochRecord* one : {&history.first, &history.last}) {
    const double value = measured(monitor, *one);
    const bool beats =
        is_better(monitor, value, best, 0) || (one->epoch < history.best.epoch && value == best);
    if (beats || (one->epoch == history.best.epoch && *one != history.best)) {
      throw Error("history: `best` is not the best record");
    }
  }
  check_improvement(checkpoint);
  if (history.epochs == 1 && history.first != history.last) {
    throw Error("history: two records of one epoch");
  }
}

}  // namespace

void check_finite(const Checkpoint& checkpoint) {
  for (std::size_t i = 0; i < checkpoint.network.layers.size(); ++i) {
    for (const Parameter* parameter : parameters_of(checkpoint.network.layers[i])) {
      if (!all_finite(parameter->values) ||
          !std::all_of(parameter->slots.begin(), parameter->slots.end(), all_finite)) {
        throw Error(fmt::format("layer {} holds a value that is not finite", i));
      }
    }
  }
  if (!std::isfinite(checkpoint.progress.sums.loss)) throw Error("the loss is not finite");
}

void check_fit(const Checkpoint& checkpoint) {
  check_data(checkpoint);
  check_layers(checkpoint);
  check_progress(checkpoint);
  check_computed_by(checkpoint);
  check_young(checkpoint);
  check_newborns(checkpoint);
  check_previous_masks(checkpoint);
  check_history(checkpoint);
}

}  // namespace regrow

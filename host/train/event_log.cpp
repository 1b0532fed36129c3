// Epochs as events: the tags here are the names in TensorBoard.
#include "train/event_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "base/numbers.h"
#include "regrow/error.h"
#include "regrow/topology.h"
#include "train/histogram.h"

namespace regrow {
namespace {

/// A setter of scalars that leaves out what no float holds.
class ScalarList {
 public:
  explicit ScalarList(std::vector<Scalar>& scalars) : scalars_(scalars) {}

  void add(std::string tag, double value) {
    if (fits_float(value)) scalars_.push_back({std::move(tag), value});
  }
  void add(std::string tag, std::uint64_t count) {
    add(std::move(tag), static_cast<double>(count));
  }

 private:
  std::vector<Scalar>& scalars_;
};

void add_layer(ScalarList& scalars, const std::string& name, const LayerRecord& layer) {
  scalars.add(name + "connections", layer.connections);
  scalars.add(name + "negatives", layer.negatives);
  scalars.add(name + "positives", layer.positives);
  scalars.add(name + "dropped", layer.dropped);
  scalars.add(name + "grown", layer.grown);
  if (!layer.topology) return;
  scalars.add(name + "overlap_previous", layer.topology->overlap_previous);
  scalars.add(name + "overlap_first", layer.topology->overlap_first);
  if (layer.topology->explored) scalars.add(name + "explored", *layer.topology->explored);
  scalars.add(name + "dead", layer.topology->dead);
  scalars.add(name + "unconnected_inputs", layer.topology->unconnected_inputs);
}

std::string prefix(std::size_t layer) { return fmt::format("layer{}/", layer); }

std::vector<Scalar> scalars_of(const EpochRecord& record, const EpochTimings& timings) {
  std::vector<Scalar> result;
  ScalarList scalars(result);
  scalars.add("loss/train", record.loss);
  scalars.add("loss/validation", record.val_loss);
  scalars.add("loss/test", record.test_loss);
  scalars.add("accuracy/train", record.accuracy);
  scalars.add("accuracy/validation", record.val_accuracy);
  scalars.add("accuracy/test", record.test_accuracy);
  if (record.theta) scalars.add("evolution/theta", *record.theta);
  scalars.add("evolution/paused", record.paused ? 1.0 : 0.0);
  scalars.add("evolution/connections", record.connections);
  for (std::size_t l = 0; l < record.layers.size(); ++l) {
    const LayerRecord& layer = record.layers[l];
    add_layer(scalars, prefix(l), layer);
    if (layer.newborns == 0) continue;
    scalars.add(fmt::format("survival/layer{}", l),
                static_cast<double>(layer.survived) / static_cast<double>(layer.newborns));
  }
  scalars.add("seconds/train", timings.train);
  scalars.add("seconds/evaluate", timings.evaluate);
  scalars.add("seconds/evolve", timings.evolve);
  scalars.add("seconds/snapshot", timings.snapshot);
  scalars.add("seconds/wait", timings.wait);
  scalars.add("beside/topology", timings.topology);
  scalars.add("beside/histograms", timings.histograms);
  scalars.add("beside/write", timings.write);
  scalars.add("beside/checkpoint", timings.checkpoint);
  return result;
}

}  // namespace

std::vector<Histogram> histograms_of(const NetworkState& network) {
  std::vector<Histogram> histograms;
  for (std::size_t l = 0; l + 1 < network.layers.size(); ++l) {
    const LayerState& layer = network.layers[l];
    histograms.push_back(value_histogram(prefix(l) + "weights", layer.weights.values));
    if (layer.kind == LayerKind::kDense) continue;  // its degrees are no news
    const Degrees degrees = degrees_of(layer);
    histograms.push_back(degree_histogram(prefix(l) + "in_degree", degrees.in));
    histograms.push_back(degree_histogram(prefix(l) + "out_degree", degrees.out));
  }
  std::erase_if(histograms, [](const Histogram& histogram) { return histogram.counts.empty(); });
  return histograms;
}

double wall_clock() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

EventLog::EventLog(AppendFile file, std::uint32_t first_epoch, std::function<double()> now)
    : now_(std::move(now)), file_(std::move(file), first_epoch, now_()) {}

bool EventLog::has_histograms(std::uint32_t epoch) {
  // The last epoch of a run of 1,000, too.
  return epoch < 100 || epoch % 10 == 9;
}

std::uint32_t EventLog::next_epoch() const {
  const auto last = file_.last_step();
  return last ? *last + 1 : 0;
}

void EventLog::append(const EpochRecord& record, const EpochTimings& timings,
                      std::vector<Histogram> histograms) {
  REGROW_CHECK(record.epoch >= next_epoch(), "an epoch's event is in the file already");
  Event event;
  event.wall_time = now_();
  event.step = record.epoch;
  event.scalars = scalars_of(record, timings);
  event.histograms = std::move(histograms);
  file_.append(event);
}

}  // namespace regrow

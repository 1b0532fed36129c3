// What the event file tells of an epoch, and that a log gone on with equals one never stopped.
#include "train/event_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "io/event_reader.h"
#include "io/io_test_support.h"
#include "support/temp_dir.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

EpochRecord sample_record(std::uint32_t epoch) {
  EpochRecord record;
  record.epoch = epoch;
  record.loss = 2;
  record.accuracy = 0.25;
  record.val_loss = 2.5;
  record.val_accuracy = 0.5;
  record.test_loss = 3;
  record.test_accuracy = 0.75;
  record.theta = 0.125;
  record.paused = true;
  record.connections = 16'777'216;  // the most that a float counts one by one
  record.layers = {{.connections = 5, .negatives = 2, .positives = 3, .dropped = 1, .grown = 4},
                   {.connections = 6}};
  record.layers[0].newborns = 8;
  record.layers[0].survived = 3;
  record.layers[0].topology = {.overlap_previous = 0.5,
                               .overlap_first = 0.375,
                               .explored = 0.625,
                               .dead = 7,
                               .unconnected_inputs = 8,
                               .in_degree = {},
                               .out_degree = {}};
  return record;
}

EpochTimings sample_timings(std::uint32_t epoch) {
  return {.epoch = epoch,
          .train = 4,
          .evaluate = 5,
          .evolve = 6,
          .snapshot = 8,
          .wait = 9,
          .topology = 10,
          .histograms = 11,
          .write = 12,
          .checkpoint = 2};
}

/// Two hidden layers, the second one dense, and the output layer.
NetworkState sample_network() {
  NetworkState network;
  network.layers.resize(3);
  LayerState& sparse = network.layers[0];
  sparse.inputs = 3;
  sparse.outputs = 2;
  sparse.kind = LayerKind::kSparse;
  sparse.cells = {0, 1, 2, 4};
  sparse.weights.values = {-1, 0, 0, 2};
  LayerState& dense = network.layers[1];
  dense.inputs = 2;
  dense.outputs = 1;
  dense.weights.values = {3, 3};
  LayerState& output = network.layers[2];
  output.inputs = 1;
  output.outputs = 2;
  output.weights.values = {9, 9};
  return network;
}

class EventLogTest : public testing::Test {
 protected:
  fs::path path() const { return dir_.path() / kEventFileName; }

  /// Logs the epochs [first, end); the clock says the epoch.
  void log(std::uint32_t first, std::uint32_t end) const {
    double now = first;
    EventLog log(AppendFile(path()), first, [&] { return now; });
    for (std::uint32_t epoch = first; epoch < end; ++epoch, ++now) {
      log.append(sample_record(epoch), sample_timings(epoch),
                 EventLog::has_histograms(epoch) ? histograms_of(sample_network())
                                                 : std::vector<Histogram>());
    }
    log.sync();
  }

  Event only_event(const EpochRecord& record, const NetworkState& network) const {
    EventLog(AppendFile(path()), 0)
        .append(record, sample_timings(record.epoch), histograms_of(network));
    const std::vector<Event> events = events_of(bytes_of(path()));
    EXPECT_EQ(events.size(), 1U);
    return events.at(0);
  }

  TempDir dir_;
};

std::map<std::string, double> by_tag(const Event& event) {
  std::map<std::string, double> values;
  for (const Scalar& scalar : event.scalars) {
    EXPECT_TRUE(values.emplace(scalar.tag, scalar.value).second) << scalar.tag << " twice";
  }
  return values;
}

TEST_F(EventLogTest, TellsEveryNumberOfARecord) {
  const std::map<std::string, double> expected = {{"loss/train", 2},
                                                  {"loss/validation", 2.5},
                                                  {"loss/test", 3},
                                                  {"accuracy/train", 0.25},
                                                  {"accuracy/validation", 0.5},
                                                  {"accuracy/test", 0.75},
                                                  {"evolution/theta", 0.125},
                                                  {"evolution/paused", 1},
                                                  {"evolution/connections", 16'777'216},
                                                  {"layer0/connections", 5},
                                                  {"layer0/negatives", 2},
                                                  {"layer0/positives", 3},
                                                  {"layer0/dropped", 1},
                                                  {"layer0/grown", 4},
                                                  {"layer0/overlap_previous", 0.5},
                                                  {"layer0/overlap_first", 0.375},
                                                  {"layer0/explored", 0.625},
                                                  {"layer0/dead", 7},
                                                  {"layer0/unconnected_inputs", 8},
                                                  {"survival/layer0", 0.375},
                                                  {"layer1/connections", 6},
                                                  {"layer1/negatives", 0},
                                                  {"layer1/positives", 0},
                                                  {"layer1/dropped", 0},
                                                  {"layer1/grown", 0},
                                                  {"seconds/train", 4},
                                                  {"seconds/evaluate", 5},
                                                  {"seconds/evolve", 6},
                                                  {"seconds/snapshot", 8},
                                                  {"seconds/wait", 9},
                                                  {"beside/topology", 10},
                                                  {"beside/histograms", 11},
                                                  {"beside/write", 12},
                                                  {"beside/checkpoint", 2}};
  const Event event = only_event(sample_record(3), sample_network());
  EXPECT_EQ(event.step, 3U);
  EXPECT_EQ(by_tag(event), expected);
}

TEST_F(EventLogTest, LeavesOutWhatARecordLacks) {
  EpochRecord record = sample_record(0);
  record.theta.reset();
  record.layers[0].topology->explored.reset();
  const auto values = by_tag(only_event(record, {}));
  EXPECT_EQ(values.count("evolution/theta"), 0U);
  EXPECT_EQ(values.count("layer0/explored"), 0U);
  EXPECT_EQ(values.count("layer0/dead"), 1U);
  EXPECT_EQ(values.count("survival/layer1"), 0U) << "nothing had grown";
  EXPECT_EQ(values.size(), 32U);
}

TEST_F(EventLogTest, HoldsNoNumberThatIsNotFinite) {
  EpochRecord record = sample_record(0);
  record.loss = NAN;
  record.val_loss = INFINITY;
  record.test_loss = 1e300;
  NetworkState network = sample_network();
  network.layers[0].weights.values = {NAN, 1, INFINITY, 2};
  const Event event = only_event(record, network);
  for (const auto& [tag, value] : by_tag(event)) {
    EXPECT_TRUE(std::isfinite(value)) << tag;
    EXPECT_FALSE(tag.starts_with("loss/")) << tag;
  }
  EXPECT_EQ(event.histograms[0].count, 2);
}

TEST_F(EventLogTest, TellsWeightsAndDegreesOfHiddenLayers) {
  const Event event = only_event(sample_record(0), sample_network());
  std::vector<std::string> tags;
  for (const Histogram& histogram : event.histograms) tags.push_back(histogram.tag);
  EXPECT_EQ(tags, (std::vector<std::string>{"layer0/weights", "layer0/in_degree",
                                            "layer0/out_degree", "layer1/weights"}));
  EXPECT_EQ(event.histograms[0].count, 4);
  EXPECT_EQ(event.histograms[0].counts[10], 2) << "the zeros";
  EXPECT_EQ(event.histograms[1].counts, (std::vector<double>{1, 0, 1})) << "1 and 3";
  EXPECT_EQ(event.histograms[2].counts, (std::vector<double>{2, 1})) << "1, 2 and 1";
}

TEST_F(EventLogTest, MakesFewerHistogramsOfLongRuns) {
  int count = 0;
  for (std::uint32_t epoch = 0; epoch < 1000; ++epoch) count += EventLog::has_histograms(epoch);
  EXPECT_EQ(count, 190);
  EXPECT_TRUE(EventLog::has_histograms(99) && EventLog::has_histograms(999));
  EXPECT_FALSE(EventLog::has_histograms(100));
}

TEST_F(EventLogTest, GoneOnWithEqualsOneNeverStopped) {
  log(0, 12);
  const std::string whole = bytes_of(path());
  for (const std::uint32_t first : {0U, 1U, 7U, 11U, 12U}) {
    log(first, 12);
    EXPECT_EQ(bytes_of(path()), whole) << first;
  }
}

TEST_F(EventLogTest, SaysWhichEpochComesNext) {
  EXPECT_EQ(EventLog(AppendFile(path()), 5).next_epoch(), 0U);
  log(0, 4);
  EXPECT_EQ(EventLog(AppendFile(path()), 9).next_epoch(), 4U);
  EXPECT_EQ(EventLog(AppendFile(path()), 2).next_epoch(), 2U);
}

TEST_F(EventLogTest, TakesNoEpochTwice) {
  EventLog log(AppendFile(path()), 0);
  log.append(sample_record(3), sample_timings(3), {});
  EXPECT_THROW(log.append(sample_record(3), sample_timings(3), {}), std::logic_error);
}

TEST_F(EventLogTest, StaysSmallInALongRun) {
  // The paper's size: 1,000 epochs of three sparse layers with broad histograms.
  NetworkState network;
  for (int l = 0; l < 4; ++l) {
    LayerState layer;
    layer.inputs = 100;
    layer.outputs = 100;
    layer.kind = LayerKind::kSparse;
    for (std::uint64_t cell = 0; cell < layer.cell_count(); ++cell) {
      if (cell % 100 >= cell / 100 && cell % 7 != 0) layer.cells.push_back(cell);
    }
    for (std::size_t i = 0; i < layer.cells.size(); ++i) {
      layer.weights.values.push_back(std::sin(static_cast<double>(i)));
    }
    network.layers.push_back(layer);
  }
  EpochRecord record = sample_record(0);
  record.layers.assign(3, record.layers[0]);
  EventLog log(AppendFile(path()), 0);
  for (record.epoch = 0; record.epoch < 1000; ++record.epoch) {
    log.append(
        record, sample_timings(record.epoch),
        EventLog::has_histograms(record.epoch) ? histograms_of(network) : std::vector<Histogram>());
  }
  EXPECT_LT(fs::file_size(path()), 4'000'000U);
}

TEST(WallClock, IsSecondsSince1970) {
  EXPECT_GT(wall_clock(), 1.7e9);
  EXPECT_LT(wall_clock(), 1e11);
}

}  // namespace
}  // namespace regrow

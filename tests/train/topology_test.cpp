// What a run records of its masks, against the masks of the run's own checkpoints.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "regrow/load_dataset.h"
#include "support/devices.h"
#include "support/recording_backend.h"
#include "support/temp_dir.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

using Mask = std::set<std::uint64_t>;

Mask mask_of(const NetworkState& network, std::size_t layer) {
  const auto& cells = network.layers[layer].cells;
  return {cells.begin(), cells.end()};
}

double kept(const Mask& now, const Mask& then) {
  return static_cast<double>(std::count_if(then.begin(), then.end(),
                                           [&](auto cell) { return now.contains(cell); })) /
         static_cast<double>(then.size());
}

class RunTopology : public testing::TestWithParam<std::string> {
 protected:
  TempDir dir_;
};

/// last.safetensors after every epoch holds the mask of that epoch's line.
TEST_P(RunTopology, IsThatOfTheMasks) {
  const auto path = dir_.path() / "run";
  Config config = small_config(GetParam(), Method::kLset);
  config.learning_rate = 0.1;
  // After each epoch, as it stops with its evolution done.
  std::vector<NetworkState> networks;
  const auto one_epoch = [] {
    auto is_done = std::make_shared<bool>(false);
    TrainerEvents events;
    events.on_epoch = [=](const EpochRecord&, const EpochTimings&) { *is_done = true; };
    events.stop_requested = [=] { return *is_done; };
    return events;
  };
  start_run(config, path, one_epoch()).run();
  networks.push_back(read_checkpoint(path / "last.safetensors").network);
  while (networks.size() < 5) {
    resume_run(path, 0, one_epoch()).run();
    networks.push_back(read_checkpoint(path / "last.safetensors").network);
  }
  const std::vector<EpochRecord> history = RunFolder::open(path).read_metrics();
  ASSERT_EQ(history.size(), 5U);
  const NetworkState initial = read_checkpoint(path / "initial.safetensors").network;
  ASSERT_EQ(networks.size(), 5U);
  for (std::size_t l = 0; l < 2; ++l) {
    const Mask first = mask_of(initial, l);
    Mask previous = first, ever = first;
    for (std::size_t e = 0; e < networks.size(); ++e) {
      const Mask now = mask_of(networks[e], l);
      ever.insert(now.begin(), now.end());
      const LayerTopology& measured = history[e].layers[l].topology.value();
      EXPECT_EQ(measured.overlap_previous, kept(now, previous)) << e;
      EXPECT_EQ(measured.overlap_first, kept(now, first)) << e;
      EXPECT_EQ(measured.explored, static_cast<double>(ever.size()) /
                                       static_cast<double>(networks[e].layers[l].cell_count()))
          << e;
      const Degrees degrees = degrees_of(networks[e].layers[l]);
      EXPECT_EQ(measured.in_degree, five_numbers(degrees.in));
      EXPECT_EQ(measured.out_degree, five_numbers(degrees.out));
      EXPECT_EQ(measured.dead, dead_neurons(degrees, degrees_of(networks[e].layers[l + 1])));
      EXPECT_EQ(measured.unconnected_inputs,
                static_cast<std::uint64_t>(std::count(degrees.out.begin(), degrees.out.end(), 0U)));
      previous = now;
    }
    EXPECT_LT(history[0].layers[l].topology->overlap_previous, 1);
    EXPECT_EQ(history[4].layers[l].topology->overlap_previous, 1)
        << "no evolution follows the last epoch";
  }
}

/// Those, too, that have dropped again before the epoch's end.
TEST_P(RunTopology, KnowsEveryCellThatHasGrownWithinAnEpoch) {
  Config config = small_config(GetParam(), Method::kSet);
  config.evolve_every = {0, 2};
  config.epochs = 2;
  resolve(config);
  Requests requests;
  auto dataset = std::make_shared<const Dataset>(load_dataset(config));
  auto backend = std::make_unique<RecordingBackend>(
      make_backend(config.device, backend_options(config)), requests);
  Checkpoint state = starting_state(config, *dataset, backend->capabilities());
  Mask ever = mask_of(state.network, 0), at_ends = ever;
  const RunFolder folder = RunFolder::create(dir_.path() / "run", false);
  Trainer(std::move(state), dataset, std::move(backend), folder).run();
  for (const Evolution& evolution : requests.evolutions) {
    const Mask now = mask_of(evolution.after, 0);
    ever.insert(now.begin(), now.end());
    if (!evolution.plan.time.is_within_epoch) at_ends.insert(now.begin(), now.end());
  }
  const Checkpoint last = read_checkpoint(folder.last());
  const Mask end = mask_of(last.network, 0);
  at_ends.insert(end.begin(), end.end());
  ASSERT_GT(ever.size(), at_ends.size());
  EXPECT_EQ(folder.read_metrics()[1].layers[0].topology->explored,
            static_cast<double>(ever.size()) / (12 * 20));
}

TEST_P(RunTopology, OfAFixedMaskDoesNotMove) {
  const auto history = whole_run(small_config(GetParam(), Method::kStatic), dir_.path() / "run");
  for (const EpochRecord& record : history) {
    EXPECT_EQ(record.layers[0].topology, history[0].layers[0].topology);
    EXPECT_EQ(record.layers[0].topology->overlap_first, 1);
  }
}

TEST_P(RunTopology, IsLeftOutOnRequest) {
  Config config = small_config(GetParam(), Method::kSet);
  const auto with = whole_run(config, dir_.path() / "with");
  config.topology = false;
  const auto without = whole_run(config, dir_.path() / "without");
  EXPECT_FALSE(without[0].layers[0].topology.has_value());
  EXPECT_EQ(without.back().loss, with.back().loss) << "to measure changes nothing";
}

INSTANTIATE_TEST_SUITE_P(Devices, RunTopology, testing::ValuesIn(kTestDevices),
                         [](const auto& test) { return test_name(test.param); });

}  // namespace
}  // namespace regrow::tests

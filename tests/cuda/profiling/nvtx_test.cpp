// The NVTX ranges of a run, as docs/profiling.md says what there is to be seen.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/emulation/device_memory.h"
#include "common/emulation/hooks.h"
#include "cuda/profiling/nvtx_ranges.h"
#include "regrow/backend.h"
#include "regrow/devices.h"
#include "regrow/error.h"
#include "regrow/load_dataset.h"
#include "support/evolutions.h"
#include "support/temp_dir.h"
#include "support/tiny_data.h"
#include "train/small_run.h"

namespace regrow::tests {
namespace {

/// Four steps an epoch, four epochs; evolves after each but the last.
Config tiny_config(bool graph = true) {
  Config config = small_config("cuda-emulated", Method::kSet);
  config.synthetic_train = 120;
  config.epochs = 4;
  config.cuda_graph = graph;
  config.topology = false;
  config.tensorboard = false;
  return config;
}

/// How many steps each call to train did, by epoch: it depends on the time that they take.
using Pieces = std::vector<std::vector<std::uint32_t>>;

TrainerEvents noting(Pieces& pieces, std::uint32_t first_epoch = 0) {
  TrainerEvents events;
  events.on_progress = [&pieces, first_epoch, done = 0U](std::uint32_t epoch, std::uint32_t step,
                                                         std::uint32_t, double) mutable {
    if (pieces.size() == epoch - first_epoch) {
      pieces.emplace_back();
      done = 0;
    }
    pieces.back().push_back(step - done);
    done = step;
  };
  return events;
}

/// What one epoch of a whole history leaves; pieces: of this epoch.
std::string expected_epoch(const std::vector<EpochRecord>& history, std::size_t epoch,
                           const std::vector<std::uint32_t>& pieces, bool test_is_apart = true) {
  std::string text;
  for (const std::uint32_t steps : pieces) {
    text += "epoch(upload";
    for (std::uint32_t i = 0; i < steps; ++i) text += " step";
    text += ")\n";
  }
  text += test_is_apart ? "evaluate\nevaluate\n" : "evaluate\n";
  const bool is_best = best_epoch(std::span(history).first(epoch + 1), Measure::kValAcc) == epoch;
  if (is_best) text += "snapshot\n";
  const bool evolves = epoch + 1 < history.size() && !history[epoch].paused;
  if (evolves) text += "evolve\n";
  return is_best && !evolves ? text : text + "snapshot\n";
}

/// What the epochs from `first_epoch` on leave.
std::string expected_epochs(const std::vector<EpochRecord>& history, const Pieces& pieces,
                            std::uint32_t first_epoch = 0, bool test_is_apart = true) {
  EXPECT_EQ(pieces.size(), history.size() - first_epoch);
  std::string text;
  for (std::size_t e = first_epoch; e < history.size(); ++e) {
    text += expected_epoch(history, e, pieces[e - first_epoch], test_is_apart);
  }
  return text;
}

constexpr const char* kStart = "snapshot\n";  // the initial state

std::vector<EpochRecord> records_in(const std::filesystem::path& run) {
  return RunFolder::open(run).read_metrics();
}

/// Extends a run of tiny_config(), whose local settings no checkpoint keeps.
Trainer go_on(const std::filesystem::path& path, std::int64_t epochs, double learning_rate,
              TrainerEvents events = {}) {
  RunFolder folder = RunFolder::resume(path);
  Checkpoint state = read_checkpoint(folder.last());
  const Config local = tiny_config();
  state.config.threads = local.threads;
  state.config.topology = local.topology;
  state.config.tensorboard = local.tensorboard;
  state.config.checkpoint_every = local.checkpoint_every;
  auto dataset = std::make_shared<const Dataset>(load_dataset(state.config));
  change_length(state, *dataset, folder, length_with(state.config, epochs));
  state.config.learning_rate = learning_rate;
  auto backend = make_backend(state.device, backend_options(state.config));
  return {std::move(state), std::move(dataset), std::move(backend), std::move(folder),
          std::move(events)};
}

class RunRanges : public testing::TestWithParam<bool> {};
std::string graph_name(const testing::TestParamInfo<bool>& graph) {
  return graph.param ? "WithGraph" : "WithoutGraph";
}
INSTANTIATE_TEST_SUITE_P(Nvtx, RunRanges, testing::Values(true, false), graph_name);

TEST_P(RunRanges, RangesOfARunAreThoseOfItsPhases) {
  const TempDir dir;
  Pieces pieces;
  Trainer trainer = start_run(tiny_config(GetParam()), dir.path() / "run", noting(pieces));
  trainer.run();
  EXPECT_EQ(ranges(take_nvtx_record()),
            kStart + expected_epochs(records_in(dir.path() / "run"), pieces));
}

// The profiler is told in the runtime's own words; what a profile then holds is what comes between.
TEST(NvtxRanges, TheProfilerIsStartedAndStoppedExactlyAroundTheEpochsAskedFor) {
  const TempDir dir;
  Config config = tiny_config();
  config.profile_epochs = {1, 2};
  Pieces pieces;
  std::string before, profiled;
  const emulation::ScopedCallHook hook([&](const std::string& call) {
    if (call == "cudaProfilerStart") before += ranges(take_nvtx_record());
    if (call == "cudaProfilerStop") profiled += ranges(take_nvtx_record());
    return emulation::api::cudaSuccess;
  });
  Trainer trainer = start_run(config, dir.path() / "run", noting(pieces));
  trainer.run();
  const auto expected = [&](std::size_t epoch) {
    return expected_epoch(records_in(dir.path() / "run"), epoch, pieces.at(epoch));
  };
  EXPECT_EQ(before, kStart + expected(0));
  EXPECT_EQ(profiled, expected(1) + expected(2));
  EXPECT_EQ(ranges(take_nvtx_record()), expected(3));
}

TEST(NvtxRanges, APausedEpochHasNoEvolution) {
  const TempDir dir;
  Config config = tiny_config();
  config.pause = Measure::kValLoss;
  config.pause_gap = 1;
  config.pause_min_history = 2;
  config.learning_rate = 0.3;  // so that the loss goes up now and then
  config.epochs = 8;
  Pieces pieces;
  Trainer trainer = start_run(config, dir.path() / "run", noting(pieces));
  trainer.run();
  std::size_t paused = 0;
  for (const EpochRecord& record : records_in(dir.path() / "run")) paused += record.paused ? 1 : 0;
  EXPECT_GT(paused, 0U);
  EXPECT_LT(paused, 7U);
  EXPECT_EQ(ranges(take_nvtx_record()),
            kStart + expected_epochs(records_in(dir.path() / "run"), pieces));
}

TEST(NvtxRanges, ASplitThatServesTwiceIsEvaluatedOnce) {
  const TempDir dir;
  Config config = tiny_config();
  config.validation.held_out = 0;
  Pieces pieces;
  Trainer trainer = start_run(config, dir.path() / "run", noting(pieces));
  trainer.run();
  EXPECT_EQ(ranges(take_nvtx_record()),
            kStart + expected_epochs(records_in(dir.path() / "run"), pieces, 0, false));
}

TEST(NvtxRanges, AnExtendedRunStartsWithTheEvolutionThatItsLastEpochLacked) {
  const TempDir dir;
  Config config = tiny_config();
  config.epochs = 2;
  whole_run(config, dir.path() / "run");
  take_nvtx_record();
  Pieces pieces;
  Trainer trainer = go_on(dir.path() / "run", 4, config.learning_rate, noting(pieces, 2));
  trainer.run();
  EXPECT_EQ(ranges(take_nvtx_record()),
            std::string(kStart) + "evolve\nsnapshot\n" +
                expected_epochs(records_in(dir.path() / "run"), pieces, 2));
}

TEST(NvtxRanges, ThreadsKeepTheirRangesApart) {
  const TempDir dir;
  std::array<std::string, 2> expected;
  std::array<std::thread, 2> threads;
  for (std::size_t i = 0; i < threads.size(); ++i) {
    threads[i] = std::thread([&expected, i, path = dir.path() / std::to_string(i)] {
      Config config = tiny_config();
      config.epochs = static_cast<std::int64_t>(i + 2);
      Pieces pieces;
      Trainer trainer = start_run(config, path, noting(pieces));
      trainer.run();
      expected[i] = kStart + expected_epochs(records_in(path), pieces);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::multiset<std::string> seen;
  for (const auto& [thread, text] : ranges_by_thread(take_nvtx_record())) seen.insert(text);
  EXPECT_EQ(seen, (std::multiset<std::string>(expected.begin(), expected.end())));
}

template <typename Action>
void run_out_of_memory(Action action) {
  const emulation::ScopedCapacity nothing_is_free(0);
  EXPECT_THROW(action(), Error);
}

TEST(NvtxRanges, AnExceptionClosesTheRangeThatItLeaves) {
  BackendOptions options;
  options.batch_size = 7;
  const auto backend = make_backend("cuda-emulated", options);
  backend->attach(shared_tiny_dataset());
  backend->load(tiny_network(2, {48, 40, 24, 3}, 0.2));
  const EvolutionPlan plan = evolution_of(*backend, DropRule::kPerSign, 300'000);

  run_out_of_memory([&] { backend->evaluate(Split::kTest); });
  run_out_of_memory([&] { backend->snapshot(); });
  run_out_of_memory([&] { backend->evolve(plan); });
  backend->evolve(plan);
  EXPECT_EQ(ranges(take_nvtx_record()), "evaluate\nsnapshot\nevolve\nevolve\n");
}

TEST(NvtxRanges, AStepWhosePlaceAnEvolutionTakesHasARangeOfItsOwn) {
  BackendOptions options;
  options.batch_size = 7;
  const auto backend = make_backend("cuda-emulated", options);
  backend->attach(shared_tiny_dataset());
  backend->load(tiny_network(2, {48, 40, 24, 3}, 0.2));
  backend->differentiate({2, 1, 4});
  backend->cell_gradients(0, {1, 2});
  backend->evolve(scored_evolution_of(*backend, CandidateLaw::kGraBo, 1, 300'000, 2));
  EXPECT_EQ(ranges(take_nvtx_record()), "differentiate(upload)\ngradients\nevolve\n");
}

TEST(NvtxRanges, ARunThatFailsLeavesNoRangeOpen) {
  const TempDir dir;
  Config config = tiny_config();
  config.epochs = 1;
  whole_run(config, dir.path() / "run");
  take_nvtx_record();
  Trainer trainer = go_on(dir.path() / "run", 2, 1e30);
  EXPECT_THROW(trainer.run(), Error);
  const std::string text = ranges(take_nvtx_record());
  EXPECT_EQ(text.rfind("snapshot\nevolve\nsnapshot\nepoch(upload step", 0), 0U) << text;
}

}  // namespace
}  // namespace regrow::tests

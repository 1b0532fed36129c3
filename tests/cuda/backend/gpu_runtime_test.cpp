// What the back end asks of CUDA's runtime: how often it launches and waits, that every entry
// chooses its GPU, and that no captured graph outlives the arrays it was recorded with.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "backend/cuda_backend.h"
#include "backend/step_engine.h"
#include "common/emulation/device_memory.h"
#include "common/emulation/hooks.h"
#include "regrow/backend.h"
#include "support/devices.h"
#include "support/evolutions.h"
#include "support/tiny_data.h"

namespace regrow::cuda {
namespace {

using tests::kTestDevice;

const std::vector<std::uint32_t> kSizes = {48, 20, 12, 16, 3};  // three hidden layers
constexpr std::uint32_t kSteps = 6;

BackendOptions options_with(bool graph) {
  BackendOptions options;
  options.seed = 3;
  options.batch_size = 7;
  options.augmentation.enabled = true;
  options.graph = graph;
  return options;
}

std::unique_ptr<Backend> ready(const std::string& device, const BackendOptions& options) {
  auto backend = make_backend(device, options);
  tests::TinyDataSettings data;
  data.train_samples = 7 * kSteps + 9;
  backend->attach(tests::shared_tiny_dataset(data));
  backend->load(tests::tiny_network(2, kSizes, 0.2));
  return backend;
}

void train(Backend& backend, std::uint32_t epoch, std::uint32_t first, std::uint32_t count) {
  backend.train({std::uint64_t{epoch} * kSteps + first, count, kSteps},
                std::vector<float>(count, 0.05F));
}

/// more: how many connections a layer gets beyond those it lost.
EvolutionPlan plan_of(Backend& backend, std::uint32_t time, std::uint64_t more) {
  EvolutionPlan plan = tests::evolution_of(backend, DropRule::kPerSign, 300'000);
  plan.seed = 3;
  plan.time.number = time;
  plan.growth.rule = tests::rule_of("random");
  for (LayerEvolution& layer : plan.layers) layer.grow += layer.grow > 0 ? more : 0;
  return plan;
}

void evolve(Backend& backend, std::uint32_t time, std::uint64_t more) {
  backend.evolve(plan_of(backend, time, more));
}

std::map<std::string, int> calls_of(const std::function<void()>& body) {
  std::map<std::string, int> calls;
  const emulation::ScopedCallHook hook([&](const char* call) {
    ++calls[call];
    return emulation::api::cudaSuccess;
  });
  body();
  return calls;
}

// Ten launches: the batch, three layers forward, the output's product, softmax, the output
// backward, two layers backward, the update of all. What an epoch costs beyond them: the rates and
// the state up, the sums down, each with a wait.
TEST(GpuRuntime, AStepIsTenLaunchesAndNothingElse) {
  const auto plain = ready(kTestDevice, options_with(false));
  train(*plain, 0, 0, 1);
  const auto one = calls_of([&] { train(*plain, 0, 1, 1); });
  const auto five = calls_of([&] { train(*plain, 0, 1, 5); });
  EXPECT_EQ(one.at("cudaLaunchKernel"), 10);
  EXPECT_EQ(five.at("cudaLaunchKernel"), 50);
  EXPECT_EQ(one.at("cudaStreamSynchronize"), 3);
  EXPECT_EQ(one.at("cudaMemcpyAsync"), 3);
  for (const auto& [call, count] : one) {
    if (call != "cudaLaunchKernel") {
      EXPECT_EQ(five.at(call), count) << call;
    }
    EXPECT_EQ(call.find("Malloc"), std::string::npos) << call;
    EXPECT_EQ(call.find("Free"), std::string::npos) << call;
  }
}

TEST(GpuRuntime, ACapturedStepIsOneLaunch) {
  const auto graph = ready(kTestDevice, options_with(true));
  train(*graph, 0, 0, 1);  // on its own, which loads the kernels
  const auto first = calls_of([&] { train(*graph, 0, 1, 1); });
  EXPECT_EQ(first.at("cudaStreamBeginCapture"), 1);
  const auto calls = calls_of([&] { train(*graph, 0, 1, 5); });
  EXPECT_EQ(calls.at("cudaGraphLaunch"), 5);
  EXPECT_FALSE(calls.contains("cudaLaunchKernel"));
  EXPECT_FALSE(calls.contains("cudaStreamBeginCapture"));
}

// At the end of every epoch: the counts of four layers, without a copy of any.
TEST(GpuRuntime, SignsAreCountedWithoutACopyAndWaitedForOnce) {
  const auto backend = ready(kTestDevice, options_with(true));
  backend->measure({});
  const auto calls = calls_of([&] { backend->measure({}); });
  EXPECT_EQ(calls.at("cudaStreamSynchronize"), 1);
  EXPECT_EQ(calls.at("cudaMemcpyAsync"), 1) << "the counts";
  EXPECT_EQ(calls.at("cudaMemsetAsync"), 1);
  for (const auto& [call, count] : calls) EXPECT_EQ(call.find("Malloc"), std::string::npos) << call;
}

// Where neighbours are of no account: what has dropped, and the ranks of a small choice.
TEST(GpuRuntime, AnEvolutionWaitsTwiceForEveryLayer) {
  const auto backend = ready(kTestDevice, options_with(true));
  EvolutionPlan plan = plan_of(*backend, 0, 0);
  EXPECT_EQ(calls_of([&] { backend->evolve(plan); }).at("cudaStreamSynchronize"), 6);
  plan = plan_of(*backend, 1, 0);
  plan.growth.rule = tests::rule_of("most_neighbours");
  EXPECT_LE(calls_of([&] { backend->evolve(plan); }).at("cudaStreamSynchronize"), 9)
      << "and the sizes of the classes";
}

// Graphs would go on with the arrays of the network before.
TEST(GpuRuntime, AnotherNetworkIsCapturedAnew) {
  const NetworkState other = tests::tiny_network(9, {48, 60, 10, 20, 3}, 0.4);
  const auto twice = ready(kTestDevice, options_with(true));
  const auto fresh = ready(kTestDevice, options_with(true));
  train(*twice, 0, 0, kSteps);
  for (Backend* const backend : {twice.get(), fresh.get()}) {
    backend->load(other);
    train(*backend, 1, 0, kSteps);
  }
  EXPECT_EQ(twice->snapshot(), fresh->snapshot());
}

TEST(GpuRuntime, ArraysThatMoveAreCapturedAnew) {
  const auto graph = ready(kTestDevice, options_with(true));
  const auto plain = ready(kTestDevice, options_with(false));
  for (Backend* const backend : {graph.get(), plain.get()}) {
    for (std::uint32_t epoch = 0; epoch < 2; ++epoch) {
      train(*backend, epoch, 0, kSteps);
      evolve(*backend, epoch, 40);
    }
    const auto calls = calls_of([&] { train(*backend, 2, 0, kSteps); });
    if (backend == plain.get()) continue;
    EXPECT_EQ(calls.at("cudaLaunchKernel"), 20) << "a step on its own, then the recorded one";
    EXPECT_EQ(calls.at("cudaGraphLaunch"), kSteps - 1);
  }
  EXPECT_EQ(graph->snapshot(), plain->snapshot());
  // A network that fits where it is keeps its graph.
  evolve(*graph, 3, 0);
  const auto calls = calls_of([&] { train(*graph, 3, 0, kSteps); });
  EXPECT_FALSE(calls.contains("cudaStreamBeginCapture"));
}

// Every thread starts with GPU 0 as its current one.
TEST(GpuRuntime, EveryEntryChoosesItsGpu) {
  const emulation::ScopedDevices two({.count = 2});
  const std::size_t before = emulation::live_bytes();
  const std::string second = kTestDevice + ":1";
  auto expected = ready(kTestDevice, options_with(true));
  std::unique_ptr<Backend> backend;
  const auto attach = [](std::unique_ptr<Backend>& b) {
    tests::TinyDataSettings data;
    data.train_samples = 7 * kSteps + 9;
    b->attach(tests::shared_tiny_dataset(data));
  };
  const std::vector<std::function<void(std::unique_ptr<Backend>&)>> entries = {
      [&](auto& b) { b = make_backend(second, options_with(true)); },
      attach,
      [](auto& b) { b->load(tests::tiny_network(2, kSizes, 0.2)); },
      [](auto& b) { train(*b, 0, 0, kSteps); },
      [](auto& b) { b->evaluate(Split::kTest); },
      [](auto& b) { b->count_weights(); },
      [](auto& b) { evolve(*b, 0, 5); },
      [](auto& b) { b->reset_slots(); },
      [](auto& b) { EXPECT_TRUE(calls_of([&] { b->profile(false); }).contains("cudaSetDevice")); },
      [](auto& b) { train(*b, 1, 0, kSteps); },
      [&](auto& b) { EXPECT_NE(b->snapshot(), tests::tiny_network(2, kSizes, 0.2)); },
      [](auto& b) { evolve(*b, 1, 5); },
  };
  for (std::size_t i = 0; i < entries.size(); ++i) {
    std::thread([&] { EXPECT_NO_THROW(entries[i](backend)) << i; }).join();
  }
  train(*expected, 0, 0, kSteps);
  evolve(*expected, 0, 5);
  expected->reset_slots();
  train(*expected, 1, 0, kSteps);
  evolve(*expected, 1, 5);
  std::thread([&] { EXPECT_EQ(backend->snapshot(), expected->snapshot()); }).join();
  std::thread([&] { attach(backend); }).join();  // which frees the data
  std::thread([&] { backend.reset(); }).join();
  expected.reset();
  EXPECT_EQ(emulation::live_bytes(), before);
}

}  // namespace
}  // namespace regrow::cuda

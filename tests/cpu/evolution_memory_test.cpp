// What an evolution is said to take in memory against what it allocates at its height.
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "cpu/evolve.h"
#include "cpu/kernels.h"
#include "support/evolutions.h"
#include "support/tiny_data.h"

namespace {

std::atomic<std::int64_t> allocated = 0, most_allocated = 0;

void count_allocation(std::int64_t bytes) {
  const std::int64_t now = allocated += bytes;
  std::int64_t most = most_allocated;
  while (now > most && !most_allocated.compare_exchange_weak(most, now)) {
  }
}

}  // namespace

void* operator new(std::size_t size) {
  void* const pointer = std::malloc(size);
  if (pointer == nullptr) throw std::bad_alloc();
  count_allocation(static_cast<std::int64_t>(malloc_usable_size(pointer)));
  return pointer;
}
void operator delete(void* pointer) noexcept {
  if (pointer != nullptr) allocated -= static_cast<std::int64_t>(malloc_usable_size(pointer));
  std::free(pointer);
}
void operator delete(void* pointer, std::size_t) noexcept { operator delete(pointer); }

namespace regrow::cpu {
namespace {

struct EvolutionCase {
  std::string rule;
  bool regrow_dropped = true;
  std::size_t layers = 1;
  unsigned threads = 1;
  std::size_t slots = 1;
  CandidateLaw candidates = CandidateLaw::kAll;
  double candidate_ratio = 1;
};

std::ostream& operator<<(std::ostream& out, const EvolutionCase& each) {
  return out << each.rule << (each.regrow_dropped ? "" : ", what has dropped excluded") << ", "
             << each.layers << " layers, " << each.threads << " threads, " << each.slots
             << " slots, candidates " << static_cast<int>(each.candidates) << " x "
             << each.candidate_ratio;
}

AlignedArray<float> noise(std::size_t rows, std::uint32_t stream) {
  AlignedArray<float> values(rows * kBatchPadding);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint32_t word = random_block(1, Purpose::kSynthetic, stream, 0, i)[0];
    values[i] = uniform_from_bits(word) - 0.5F;
  }
  return values;
}

/// All neurons alike.
std::vector<std::uint64_t> running_sums(std::uint32_t neurons) {
  std::vector<std::uint64_t> sums;
  for (std::uint32_t i = 0; i < neurons; ++i) sums.push_back((i + 1) * (std::uint64_t{1} << 40));
  return sums;
}

class EvolutionMemory : public testing::TestWithParam<EvolutionCase> {};

TEST_P(EvolutionMemory, IsAboutWhatIsAllocated) {
  const EvolutionCase& given = GetParam();
  std::vector<std::uint32_t> sizes(given.layers + 1, 1500);
  sizes.push_back(2);
  const NetworkState network = tests::tiny_network(1, sizes, 0.05, LayerKind::kSparse, given.slots);
  ThreadPool pool(given.threads);
  std::vector<std::unique_ptr<SparseLayer>> layers;
  std::vector<SparseLayer*> pointers;
  EvolutionPlan plan;
  plan.groups = DropGroups::kTogether;
  plan.growth.rule = tests::rule_of(given.rule);
  plan.growth.regrow_dropped = given.regrow_dropped;
  for (std::size_t l = 0; l < given.layers; ++l) {
    const LayerState& layer = network.layers[l];
    layers.push_back(std::make_unique<SparseLayer>(layer, select_kernels("portable"), given.threads,
                                                   UpdateMode::kFused));
    pointers.push_back(layers.back().get());
    const std::uint64_t dropped = layer.connections() * 3 / 10;
    plan.layers.push_back({{.smallest = dropped}, {}, dropped, {}});
    const double draws = given.candidate_ratio * static_cast<double>(layer.connections());
    plan.layers.back().candidates.count = static_cast<std::uint64_t>(draws);
    if (!draws_by_strength(given.candidates)) continue;
    plan.layers.back().candidates.inputs = running_sums(layer.inputs);
    plan.layers.back().candidates.outputs = running_sums(layer.outputs);
  }
  std::vector<LayerPlan> shapes = plan_of(network);
  plan.growth.candidates = given.candidates;
  const AlignedArray<float> input = noise(1500, 16), output_gradient = noise(1500, 17);
  const std::vector<LayerBatch> batches(
      given.layers, {input.data(), output_gradient.data(), kBatchPadding, kBatchPadding});
  const ScoredBatch batch = {select_kernels("portable"), batches};

  const std::int64_t before = allocated;
  most_allocated = before;
  evolve_layers(plan, pointers, pool, &batch);
  const auto taken = static_cast<double>(most_allocated - before);
  const auto said = static_cast<double>(
      evolution_bytes(shapes, {&plan.growth.rule, 0.3, given.candidates, given.candidate_ratio}, 1,
                      given.slots, given.threads));
  EXPECT_GT(said, taken);
  EXPECT_LT(said, 2 * taken) << "threads that come one after the other need less";
}

INSTANTIATE_TEST_SUITE_P(
    Cases, EvolutionMemory,
    testing::Values(EvolutionCase{"random"}, EvolutionCase{"random", false},
                    EvolutionCase{"random", true, 4, 2}, EvolutionCase{"random", true, 4, 2, 2},
                    EvolutionCase{"random", true, 3, 4}, EvolutionCase{"most_neighbours"},
                    EvolutionCase{"most_neighbours", false, 1, 2},
                    EvolutionCase{"most_neighbours", true, 4, 2},
                    EvolutionCase{"ranks:0,0,1,1,1,1,1,1,1"},
                    EvolutionCase{"ranks:1,0,0,0,0,0,0,0,0", false, 3, 2},
                    EvolutionCase{"gradient"}, EvolutionCase{"gradient", false, 3, 2},
                    EvolutionCase{"gradient", true, 1, 1, 1, CandidateLaw::kUniform, 3},
                    EvolutionCase{"gradient", true, 2, 2, 1, CandidateLaw::kGraBo, 1},
                    EvolutionCase{"gradient", true, 2, 2, 1, CandidateLaw::kGraEst, 5}));

std::uint64_t peak_bytes() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

TEST(LargestGradients, NeverHoldsThoseOfAWholeLayer) {
  constexpr std::uint32_t kInputs = 10'000, kOutputs = 20'000;
  constexpr std::uint64_t kWhole = std::uint64_t{kInputs} * kOutputs * sizeof(float);
  const AlignedArray<float> input = noise(kInputs, 16), output_gradient = noise(kOutputs, 17);
  const LayerBatch batch = {input.data(), output_gradient.data(), kBatchPadding, kBatchPadding};
  ThreadPool pool(2);
  const std::uint64_t before = peak_bytes();
  const Cells best =
      largest_gradients(select_kernels("portable"), batch, {0, kInputs, kOutputs}, {}, 1000, pool);
  EXPECT_EQ(best.size(), 1000U);
  EXPECT_LT(peak_bytes() - before, kWhole / 8) << "tiles, and OpenBLAS with its buffers";
}

}  // namespace
}  // namespace regrow::cpu

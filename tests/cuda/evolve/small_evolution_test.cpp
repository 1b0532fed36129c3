// A few small evolutions, quick enough for the thread sanitizer, with the blocks of a kernel on one
// and on two threads.
#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "cuda/evolve/evolve_layers.h"
#include "cuda/evolve/plain_evolution.h"
#include "cuda/evolve/views.h"
#include "evolve/evolve.h"
#include "evolve/measure.h"

namespace regrow::cuda {
namespace {

constexpr MagnitudeDigit kDigit = {31, 20, 11, 0};

// A digit's counts, and those of signs, are one for every candidate.
void expect_counts_of_all(const HostLayer& layer, const CellList& protected_cells,
                          const Stream& stream) {
  const Connections connections = upload(layer, stream);
  const Cells cells = upload_cells(protected_cells, stream);
  const CanonicalWeights weights = {{}, connections.weights.values.data(), connections.count};
  DeviceArray<WeightCounts> counts(1, "counts", stream);
  DeviceArray<CandidateTotals> totals(1, "counts", stream);
  DeviceArray<std::uint64_t> magnitudes(std::size_t{1} << kDigit.width, "counts", stream);
  counts.zero();
  totals.zero();
  magnitudes.zero();
  count_weights(weights.values, weights.count, false, counts.data(), stream);
  count_candidates(weights, connections.cells, set_of(cells), totals.data(), stream);
  count_magnitudes(weights, connections.cells, set_of(cells), kDigit, magnitudes.data(), stream);
  EXPECT_EQ(counts.download()[0], signs_of(layer));
  const CandidateTotals found = totals.download()[0];
  EXPECT_EQ((WeightCounts{found.negatives, found.positives, found.zeros, 0}),
            signs_of(without(layer, protected_cells)));
  std::uint64_t sum = 0;
  for (const std::uint64_t count : magnitudes.download()) sum += count;
  EXPECT_EQ(sum, layer.cells.size() - protected_cells.size());
}

void expect_small_evolutions() {
  const Stream stream;
  const HostLayer layer = random_layer(2, 37, 19, 0.6);  // more than one block of connections
  const CellList protected_cells = some_cells(layer, 0.1, 3);
  expect_counts_of_all(layer, protected_cells, stream);
  constexpr std::array<std::int8_t, 9> kAnyCell = {}, kByCount = {-1, 1, 2, 3, 4, 5, 6, 7, 8};
  for (const bool is_any : {true, false}) {
    for (const std::size_t budget : {std::size_t{0}, std::numeric_limits<std::size_t>::max()}) {
      EvolutionPlan plan;
      plan.growth.rule = {"a rule", is_any ? kAnyCell : kByCount};
      plan.growth.regrow_dropped = is_any;
      plan.newborn = {true, WeightInit::kLecunSparse, true};
      plan.reports_cells = true;
      plan.layers = {{}, {}, {{60, 70, 0}, protected_cells, 150}};
      const PlainEvolution expected = plain_evolve(layer, plan);
      const EvolvedConnections evolved =
          evolve(upload(layer, stream), plan, layer.shape, {budget}, stream);
      EXPECT_EQ(evolved.report, expected.report);
      const HostLayer after = download(evolved.connections, layer.shape);
      expect_equal(after, expected.layer);
      Topology topology(layer.shape, 10, 2, stream);
      EXPECT_TRUE(topology.assign(evolved.connections));
      expect_views_of(after, topology, stream);
    }
  }
}

void expect_small_growth_by_gradient() {
  const Stream stream;
  const HostLayer layer = random_layer(2, 37, 19, 0.6);
  const HostBatch batch = whole_batch(4, layer.shape, 5);
  const DeviceBatch<float> on_device(batch, stream);
  const ScoredBatch scored = {on_device.view(), 40};
  EvolutionPlan plan;
  plan.growth.rule = {"by gradient", {}, false, true};
  plan.newborn.keep_weights_of_regrown = true;
  plan.reports_cells = true;
  plan.layers = {{}, {}, {{60, 70, 0}, {}, 50}};
  CandidateDraws& draws = plan.layers[2].candidates;
  draws.count = 200;
  for (std::uint64_t i = 1; i <= layer.shape.inputs; ++i) draws.inputs.push_back(i * i);
  for (std::uint64_t i = 1; i <= layer.shape.outputs; ++i) draws.outputs.push_back(i);
  for (const CandidateLaw law :
       {CandidateLaw::kAll, CandidateLaw::kUniform, CandidateLaw::kGraBo}) {
    plan.growth.candidates = law;
    const PlainEvolution expected = plain_evolve(layer, plan, &batch);
    const EvolvedConnections evolved =
        evolve(upload(layer, stream), plan, layer.shape, {0}, stream, &scored);
    EXPECT_EQ(evolved.report, expected.report);
    expect_equal(download(evolved.connections, layer.shape), expected.layer);
  }
}

TEST(CudaSmallEvolution, ByGradientIsThatOfALoop) {
  in_every_thread_order(expect_small_growth_by_gradient);
}

TEST(CudaSmallEvolution, IsThatOfALoop) { in_every_thread_order(expect_small_evolutions); }

#if defined(REGROW_CUDA_EMULATED)
TEST(CudaSmallEvolution, DoesNotDependOnWhichBlocksRunTogether) {
  emulation::Options options = emulation::options;
  options.workers = 2;
  const emulation::ScopedOptions scoped(options);
  expect_small_evolutions();
  expect_small_growth_by_gradient();
}
#endif

}  // namespace
}  // namespace regrow::cuda

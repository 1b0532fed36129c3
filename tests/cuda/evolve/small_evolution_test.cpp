// A few small evolutions, quick enough for the thread sanitizer, with the blocks of a kernel on one
// and on two threads.
#include <gtest/gtest.h>

#include <limits>

#include "cuda/evolve/evolve_layers.h"
#include "cuda/evolve/views.h"
#include "evolve/drop.h"
#include "evolve/grow.h"
#include "reference/drop.h"
#include "reference/grow.h"
#include "regrow/policy.h"

namespace regrow::cuda {
namespace {

void expect_small_evolutions() {
  const Stream stream;
  const HostLayer layer = random_layer(2, 37, 19, 0.6);  // more than one block of connections
  const LayerDrop drops = {60, 70, 0};
  for (const char* name : {"random", "most_neighbours"}) {
    for (const std::size_t budget : {std::size_t{0}, std::numeric_limits<std::size_t>::max()}) {
      GrowPlan plan;
      plan.rule = growth_rule(name);
      plan.counts = {0, 0, 150};
      plan.fresh_weights = true;
      plan.init = WeightInit::kLecunSparse;
      plan.keep_momentum_of_regrown = true;
      reference::ReferenceLayer expected = reference_of(layer);
      const DropReport drop_report = reference::drop(DropRule::kPerSign, drops, expected);
      const GrowReport grow_report = reference::grow(plan, layer.shape.index, expected);

      const Connections before = upload(layer, stream);
      DeviceArray<WeightCounts> counts(1, "counts", stream);
      counts.zero();
      count_weights(before.weights.data(), before.count, false, counts.data(), stream);
      const WeightCounts counted = counts.download()[0];
      EXPECT_EQ(counted.negatives + counted.positives + counted.zeros, before.count);
      const DropOutcome dropped = drop(before, DropRule::kPerSign, drops, stream);
      EXPECT_EQ(dropped.report, drop_report);
      const GrowOutcome grown =
          grow(dropped.kept, dropped.dropped, plan, layer.shape, budget, stream);
      EXPECT_EQ(grown.report, grow_report);
      const HostLayer after = download(grown.connections, layer.shape);
      expect_equal(after, expected);
      Topology topology(layer.shape, 10, stream);
      EXPECT_TRUE(topology.assign(grown.connections));
      expect_views_of(after, topology, stream);
    }
  }
}

TEST(CudaSmallEvolution, IsTheReferences) { in_every_thread_order(expect_small_evolutions); }

#if defined(REGROW_CUDA_EMULATED)
TEST(CudaSmallEvolution, DoesNotDependOnWhichBlocksRunTogether) {
  emulation::Options options = emulation::options;
  options.workers = 2;
  const emulation::ScopedOptions scoped(options);
  expect_small_evolutions();
}
#endif

}  // namespace
}  // namespace regrow::cuda

#include "cpu/grow.h"

#include <cstddef>
#include <vector>

#include "regrow/philox.h"
#include "regrow/weight_init.h"

namespace regrow::cpu {
namespace {

// Draws of the initial distribution, on the fan-ins after the growth.
std::vector<float> fresh_weights(const Cells& kept, const Cells& grown, const EvolutionPlan& plan,
                                 const LayerShape& layer) {
  std::vector<std::uint32_t> fan_in(layer.outputs);
  for (const Cells* cells : {&kept, &grown}) {
    for (const std::uint64_t cell : *cells) ++fan_in[cell / layer.inputs];
  }
  std::vector<float> weights(grown.size());
  for (std::size_t i = 0; i < grown.size(); ++i) {
    const double limit =
        init_limit(plan.newborn.init, layer.inputs, layer.outputs, fan_in[grown[i] / layer.inputs]);
    const PhiloxBlock block =
        random_block(plan.seed, plan.time.grown_weight(), layer.index, plan.time.number, grown[i]);
    weights[i] = init_weight(limit, block[0]);
  }
  return weights;
}

std::vector<float> momentum_of_regrown(const Cells& grown, const DroppedConnections& dropped) {
  std::vector<float> momentum(grown.size());
  std::size_t d = 0;
  for (std::size_t i = 0; i < grown.size(); ++i) {
    while (d < dropped.cells.size() && dropped.cells[d] < grown[i]) ++d;
    if (d < dropped.cells.size() && dropped.cells[d] == grown[i]) momentum[i] = dropped.momentum[d];
  }
  return momentum;
}

}  // namespace

Connections grow_connections(const Connections& kept, const Cells& grown,
                             const DroppedConnections& dropped, const EvolutionPlan& plan,
                             const LayerShape& layer) {
  Connections newborn;
  newborn.weights.resize(grown.size());
  newborn.momentum.resize(grown.size());
  if (plan.newborn.fresh_weights) newborn.weights = fresh_weights(kept.cells, grown, plan, layer);
  if (plan.newborn.keep_momentum_of_regrown) {
    newborn.momentum = momentum_of_regrown(grown, dropped);
  }

  Connections all;
  const std::size_t count = kept.size() + grown.size();
  all.cells.resize(count);
  all.weights.resize(count);
  all.momentum.resize(count);
  std::size_t old = 0, fresh = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_fresh =
        fresh < grown.size() && (old == kept.size() || grown[fresh] < kept.cells[old]);
    const Connections& from = is_fresh ? newborn : kept;
    std::size_t& next = is_fresh ? fresh : old;
    all.cells[i] = is_fresh ? grown[next] : kept.cells[next];
    all.weights[i] = from.weights[next];
    all.momentum[i] = from.momentum[next];
    ++next;
  }
  return all;
}

}  // namespace regrow::cpu

#include "cpu/grow.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include "regrow/philox.h"
#include "regrow/weight_init.h"

namespace regrow::cpu {
namespace {

constexpr std::uint64_t kNoCell = std::numeric_limits<std::uint64_t>::max();

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

// Those that a grown connection had when it dropped; 0 where it did not.
void keep_slots(const DroppedConnections& dropped, Connections& grown) {
  std::size_t d = 0;
  for (std::size_t i = 0; i < grown.size(); ++i) {
    while (d < dropped.cells.size() && dropped.cells[d] < grown.cells[i]) ++d;
    if (d == dropped.cells.size() || dropped.cells[d] != grown.cells[i]) continue;
    for (std::size_t s = 0; s < grown.slots.size(); ++s) grown.slots[s][i] = dropped.slots[s][d];
  }
}

}  // namespace

Connections grow_connections(const Connections& kept, const Cells& grown,
                             const DroppedConnections& dropped, const EvolutionPlan& plan,
                             const LayerShape& layer) {
  const std::size_t slot_count = kept.slots.size();
  Connections newborn(grown.size(), slot_count);
  newborn.cells = grown;
  if (plan.newborn.fresh_weights) newborn.weights = fresh_weights(kept.cells, grown, plan, layer);
  if (plan.newborn.keep_slots_of_regrown) keep_slots(dropped, newborn);

  const std::size_t count = kept.size() + grown.size();
  Connections all(count, slot_count);
  // Old and new cells alternate at random: indexed by which it is, there is nothing to branch on.
  const std::uint64_t* const cells[] = {kept.cells.data(), grown.data()};
  const float* const weights[] = {kept.weights.data(), newborn.weights.data()};
  const Connections* const both[] = {&kept, &newborn};
  std::size_t next[] = {0, 0};
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t old_cell = next[0] < kept.size() ? cells[0][next[0]] : kNoCell;
    const std::uint64_t new_cell = next[1] < grown.size() ? cells[1][next[1]] : kNoCell;
    const std::size_t from = new_cell < old_cell ? 1 : 0;
    all.cells[i] = std::min(old_cell, new_cell);
    all.weights[i] = weights[from][next[from]];
    for (std::size_t s = 0; s < slot_count; ++s) {
      all.slots[s][i] = both[from]->slots[s][next[from]];
    }
    ++next[from];
  }
  return all;
}

}  // namespace regrow::cpu

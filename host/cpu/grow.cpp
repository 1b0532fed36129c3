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

// Gives those of the grown cells that have just dropped what they had then.
void give_back(const Cells& grown, const Cells& dropped, const std::vector<float>& of_dropped,
               std::vector<float>& of_grown) {
  std::size_t d = 0;
  for (std::size_t i = 0; i < grown.size(); ++i) {
    while (d < dropped.size() && dropped[d] < grown[i]) ++d;
    if (d < dropped.size() && dropped[d] == grown[i]) of_grown[i] = of_dropped[d];
  }
}

}  // namespace

Connections grow_connections(const Connections& kept, const Cells& grown,
                             const DroppedConnections& dropped, const EvolutionPlan& plan,
                             const LayerShape& layer) {
  const std::size_t slot_count = kept.slots.size();
  std::vector<float> newborn_weights(grown.size());
  std::vector<std::vector<float>> newborn_slots(slot_count, std::vector<float>(grown.size()));
  if (plan.newborn.fresh_weights) newborn_weights = fresh_weights(kept.cells, grown, plan, layer);
  if (plan.newborn.keep_weights_of_regrown) {
    give_back(grown, dropped.cells, dropped.weights, newborn_weights);
  }
  for (std::size_t s = 0; plan.newborn.keep_slots_of_regrown && s < slot_count; ++s) {
    give_back(grown, dropped.cells, dropped.slots[s], newborn_slots[s]);
  }

  const std::size_t count = kept.size() + grown.size();
  Connections all(count, slot_count);
  // Old and new cells alternate at random: indexed by which it is, there is nothing to branch on.
  const std::uint64_t* const cells[] = {kept.cells.data(), grown.data()};
  const float* const weights[] = {kept.weights.data(), newborn_weights.data()};
  const std::vector<float>* const slots[] = {kept.slots.data(), newborn_slots.data()};
  std::size_t next[] = {0, 0};
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t old_cell = next[0] < kept.size() ? cells[0][next[0]] : kNoCell;
    const std::uint64_t new_cell = next[1] < grown.size() ? cells[1][next[1]] : kNoCell;
    const std::size_t from = new_cell < old_cell ? 1 : 0;
    all.cells[i] = std::min(old_cell, new_cell);
    all.weights[i] = weights[from][next[from]];
    for (std::size_t s = 0; s < slot_count; ++s) all.slots[s][i] = slots[from][s][next[from]];
    ++next[from];
  }
  return all;
}

}  // namespace regrow::cpu

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

// Calls body(i, row) of the cells [part.first, part.last).
template <typename Body>
void for_each_row(const Cells& cells, const Range& part, std::uint64_t inputs, const Body& body) {
  if (part.size() == 0) return;
  std::uint64_t row = cells[part.first] / inputs;
  for (std::size_t i = part.first; i < part.last; ++i) {
    while (cells[i] >= (row + 1) * inputs) ++row;
    body(i, row);
  }
}

LargeVector<std::uint32_t> fan_ins(const Cells& kept, const Cells& grown, const LayerShape& layer,
                                   Workers& workers) {
  LargeVector<std::uint32_t> fan_in(layer.outputs);
  workers.share(layer.outputs, [&](const Range& rows) {
    for (std::size_t row = rows.first; row < rows.last; ++row) fan_in[row] = 0;
    for (const Cells* cells : {&kept, &grown}) {
      const Range part = {first_of_row(*cells, rows.first, layer.inputs),
                          first_of_row(*cells, rows.last, layer.inputs)};
      for_each_row(*cells, part, layer.inputs,
                   [&](std::size_t, std::uint64_t row) { ++fan_in[row]; });
    }
  });
  return fan_in;
}

// Draws of the initial distribution, on the fan-ins after the growth.
void draw_weights(const Cells& kept, const Cells& grown, const EvolutionPlan& plan,
                  const LayerShape& layer, LargeVector<float>& weights, Workers& workers) {
  const LargeVector<std::uint32_t> fan_in = fan_ins(kept, grown, layer, workers);
  workers.share(grown.size(), [&](const Range& part) {
    std::uint64_t row_of_limit = layer.outputs;
    double limit = 0;
    for_each_row(grown, part, layer.inputs, [&](std::size_t i, std::uint64_t row) {
      if (row != row_of_limit) {
        limit = init_limit(plan.newborn.init, layer.inputs, layer.outputs, fan_in[row]);
        row_of_limit = row;
      }
      const PhiloxBlock block = random_block(plan.seed, plan.time.grown_weight(), layer.index,
                                             plan.time.number, grown[i]);
      weights[i] = init_weight(limit, block[0]);
    });
  });
}

// Gives those of the grown cells that have just dropped what they had then.
void give_back(const Cells& grown, const Cells& dropped, const LargeVector<float>& of_dropped,
               LargeVector<float>& of_grown, Workers& workers) {
  workers.share(grown.size(), [&](const Range& part) {
    if (part.size() == 0) return;
    const auto first = std::lower_bound(dropped.begin(), dropped.end(), grown[part.first]);
    auto d = static_cast<std::size_t>(first - dropped.begin());
    for (std::size_t i = part.first; i < part.last; ++i) {
      while (d < dropped.size() && dropped[d] < grown[i]) ++d;
      if (d < dropped.size() && dropped[d] == grown[i]) of_grown[i] = of_dropped[d];
    }
  });
}

}  // namespace

Connections grow_connections(const Connections& kept, const Cells& grown,
                             const DroppedConnections& dropped, const EvolutionPlan& plan,
                             const LayerShape& layer, Workers& workers) {
  const std::size_t slot_count = kept.slots.size();
  LargeVector<float> newborn_weights(grown.size());
  std::vector<LargeVector<float>> newborn_slots(slot_count, LargeVector<float>(grown.size()));
  workers.share(grown.size(), [&](const Range& part) {
    std::fill_n(newborn_weights.data() + part.first, part.size(), 0.0F);
    for (auto& slot : newborn_slots) std::fill_n(slot.data() + part.first, part.size(), 0.0F);
  });
  if (plan.newborn.fresh_weights) {
    draw_weights(kept.cells, grown, plan, layer, newborn_weights, workers);
  }
  if (plan.newborn.keep_weights_of_regrown) {
    give_back(grown, dropped.cells, dropped.weights, newborn_weights, workers);
  }
  for (std::size_t s = 0; plan.newborn.keep_slots_of_regrown && s < slot_count; ++s) {
    give_back(grown, dropped.cells, dropped.slots[s], newborn_slots[s], workers);
  }

  Connections all(kept.size() + grown.size(), slot_count);
  // Old and new cells alternate at random: indexed by which it is, there is nothing to branch on.
  const std::uint64_t* const cells[] = {kept.cells.data(), grown.data()};
  const float* const weights[] = {kept.weights.data(), newborn_weights.data()};
  const LargeVector<float>* const slots[] = {kept.slots.data(), newborn_slots.data()};
  workers.share(all.size(), [&](const Range& part) {
    const std::size_t first_kept = count_of_first(kept.cells, grown, part.first);
    std::size_t next[] = {first_kept, part.first - first_kept};
    for (std::size_t i = part.first; i < part.last; ++i) {
      const std::uint64_t old_cell = next[0] < kept.size() ? cells[0][next[0]] : kNoCell;
      const std::uint64_t new_cell = next[1] < grown.size() ? cells[1][next[1]] : kNoCell;
      const std::size_t from = new_cell < old_cell ? 1 : 0;
      all.cells[i] = std::min(old_cell, new_cell);
      all.weights[i] = weights[from][next[from]];
      for (std::size_t s = 0; s < slot_count; ++s) all.slots[s][i] = slots[from][s][next[from]];
      ++next[from];
    }
  });
  return all;
}

}  // namespace regrow::cpu

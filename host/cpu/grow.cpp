#include "cpu/grow.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "regrow/philox.h"
#include "regrow/weight_init.h"

namespace regrow::cpu {
namespace {

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

Connections grown_connections(const Connections& kept, Cells grown,
                              const DroppedConnections& dropped, const EvolutionPlan& plan,
                              const LayerShape& layer, Workers& workers) {
  Connections newborn(grown.size(), kept.slots.size());
  newborn.cells = std::move(grown);
  workers.share(newborn.size(), [&](const Range& part) {
    std::fill_n(newborn.weights.data() + part.first, part.size(), 0.0F);
    for (auto& slot : newborn.slots) std::fill_n(slot.data() + part.first, part.size(), 0.0F);
  });
  if (plan.newborn.fresh_weights) {
    draw_weights(kept.cells, newborn.cells, plan, layer, newborn.weights, workers);
  }
  if (plan.newborn.keep_weights_of_regrown) {
    give_back(newborn.cells, dropped.cells, dropped.weights, newborn.weights, workers);
  }
  for (std::size_t s = 0; plan.newborn.keep_slots_of_regrown && s < newborn.slots.size(); ++s) {
    give_back(newborn.cells, dropped.cells, dropped.slots[s], newborn.slots[s], workers);
  }
  return newborn;
}

}  // namespace regrow::cpu

// Every connection finds its own place: its own rank and the number of the other kind before it.
#include "evolve/per_element.h"
#include "evolve/place.h"
#include "regrow/philox.h"
#include "regrow/weight_init.h"

namespace regrow::cuda {
namespace {

// Connections as kernels see them. Grown ones have cells only.
struct ConnectionsView {
  const std::uint64_t* cells;
  ParameterView weights;
  std::size_t count;

  // How many of them are at cells below `cell`.
  __device__ std::size_t below(std::uint64_t cell) const { return count_below(cells, count, cell); }
};

ConnectionsView view_of(const Connections& connections) {
  return {connections.cells.data(), connections.weights.view(), connections.count};
}

struct PlaceTargets {
  std::uint64_t* cells;
  ParameterView weights;
};

// The law of grown weights; 0 where they are not fresh.
struct GrownWeights {
  bool are_fresh;
  WeightInit init;
  std::uint64_t seed;
  Purpose purpose;
  std::uint32_t time;
  LayerShape shape;
};

__global__ void place_kept_kernel(ConnectionsView kept, ConnectionsView grown, PlaceTargets to) {
  const std::size_t i = element_index();
  if (i >= kept.count) return;
  const std::size_t place = i + grown.below(kept.cells[i]);
  to.cells[place] = kept.cells[i];
  to.weights.values[place] = kept.weights.values[i];
  move_slots(kept.weights, i, to.weights, place);
}

__device__ float grown_weight(const GrownWeights& law, std::uint64_t cell,
                              const ConnectionsView& kept, const ConnectionsView& grown) {
  if (!law.are_fresh) return 0;
  const std::uint64_t row_begin = cell / law.shape.inputs * law.shape.inputs;
  const std::uint64_t row_end = row_begin + law.shape.inputs;
  std::uint64_t fan_in = 0;
  if (law.init != WeightInit::kGlorotDense) {  // which looks at no fan-in of its own
    fan_in =
        kept.below(row_end) - kept.below(row_begin) + grown.below(row_end) - grown.below(row_begin);
  }
  const PhiloxBlock block = random_block(law.seed, law.purpose, law.shape.index, law.time, cell);
  return init_weight(init_limit(law.init, law.shape.inputs, law.shape.outputs, fan_in), block[0]);
}

// What grown cells take up of the connections that have just dropped.
struct Regrown {
  ConnectionsView dropped;  // none, where nothing is kept
  bool keep_weights;
  bool keep_slots;
};

__global__ void place_grown_kernel(ConnectionsView kept, ConnectionsView grown, Regrown regrown,
                                   GrownWeights law, PlaceTargets to) {
  const std::size_t i = element_index();
  if (i >= grown.count) return;
  const std::uint64_t cell = grown.cells[i];
  const std::size_t place = i + kept.below(cell);
  const ConnectionsView& dropped = regrown.dropped;
  const std::size_t before = dropped.below(cell);
  const bool is_regrown = before < dropped.count && dropped.cells[before] == cell;
  to.cells[place] = cell;
  to.weights.values[place] = is_regrown && regrown.keep_weights
                                 ? dropped.weights.values[before]
                                 : grown_weight(law, cell, kept, grown);
  for (std::size_t s = 0; s < kMostSlots; ++s) {
    if (to.weights.slots[s] == nullptr) continue;
    const bool keeps = is_regrown && regrown.keep_slots;
    to.weights.slots[s][place] = keeps ? dropped.weights.slots[s][before] : 0;
  }
}

}  // namespace

Connections place(const Connections& kept, const Connections& dropped, const Cells& grown,
                  const EvolutionPlan& plan, const LayerShape& shape, const Stream& stream) {
  Connections all;
  all.count = kept.count + grown.size();
  all.cells = {all.count, "cells of a layer", stream};
  all.weights = DeviceParameter(all.count, kept.weights.slots.size(), "weights of a layer", stream);
  const PlaceTargets targets = {all.cells.data(), all.weights.view()};
  const ConnectionsView added = {grown.data(), {}, grown.size()};
  const bool keep_weights = plan.newborn.keep_weights_of_regrown;
  const bool keep_slots = plan.newborn.keep_slots_of_regrown;
  const Regrown regrown = {keep_weights || keep_slots ? view_of(dropped) : ConnectionsView{},
                           keep_weights, keep_slots};
  const GrownWeights law = {plan.newborn.fresh_weights, plan.newborn.init, plan.seed,
                            plan.time.grown_weight(),   plan.time.number,  shape};
  launch_per_element(kept.count, stream, place_kept_kernel, view_of(kept), added, targets);
  launch_per_element(grown.size(), stream, place_grown_kernel, view_of(kept), added, regrown, law,
                     targets);
  return all;
}

}  // namespace regrow::cuda

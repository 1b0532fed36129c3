// Growth by gradient on all hidden layers of the benchmarked network: the search among all cells,
// the gradients of as many candidates as there are connections, and their draws. Searches and draws
// allocate and wait, so their times hold the host's.
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "bench/step_primitives.h"
#include "evolve/draws.h"
#include "evolve/grow_by_gradient.h"
#include "evolve/score.h"

namespace regrow::cuda {
namespace {

constexpr std::uint64_t kDropShare = 10, kDropped = 3;  // 0.3 of the connections, as many grow

template <typename Value>
DeviceArray<Value> noise(std::size_t count, std::uint32_t stream_number, const Stream& stream) {
  const std::vector<float> values = noise_values(count, stream_number);
  if constexpr (sizeof(Value) == 4) {
    return {std::span<const Value>(values), "benchmark", stream};
  } else {
    return {std::span<const Value>(as_bfloat16(values)), "benchmark", stream};
  }
}

/// Every neuron alike.
std::vector<std::uint64_t> equal_strengths(std::uint32_t neurons) {
  std::vector<std::uint64_t> sums;
  for (std::uint64_t i = 1; i <= neurons; ++i) sums.push_back(i << 32);
  return sums;
}

template <typename Value>
struct ScoredLayer {
  LayerShape shape;
  Cells taken;
  DeviceArray<Value> inputs, gradients;
  ScoredBatch scored;
  EvolutionPlan plan;
  Cells candidates;
  DeviceArray<float> of_candidates;

  ScoredLayer(const LayerState& layer, std::uint32_t index, std::uint32_t batch, std::uint32_t ld,
              const Stream& stream)
      : shape{index, layer.inputs, layer.outputs},
        taken(std::span<const std::uint64_t>(layer.cells), "cells", stream),
        inputs(noise<Value>(std::size_t{layer.inputs} * ld, 2 * index, stream)),
        gradients(noise<Value>(std::size_t{layer.outputs} * ld, 2 * index + 1, stream)),
        scored{BatchOf<Value>{inputs.data(), gradients.data(), ld, batch}} {
    plan.layers.resize(index + 1);
    plan.layers[index].grow = layer.connections() * kDropped / kDropShare;
    plan.layers[index].candidates = {layer.connections(), equal_strengths(layer.inputs),
                                     equal_strengths(layer.outputs)};
    candidates = drawn_cells(plan, shape, set_of(taken), stream);
    of_candidates = {candidates.size(), "gradients", stream};
  }
};

}  // namespace

template <typename Value>
void time_scoring(const BenchShape& shape, const NetworkState& network, const CallTimer& timer,
                  const Stream& stream, std::vector<PrimitiveTiming>& timings) {
  constexpr bool kIsFloat = sizeof(Value) == 4;
  const std::uint32_t ld = (shape.batch + 7) / 8 * 8;
  std::vector<ScoredLayer<Value>> layers;
  layers.reserve(network.layers.size());  // their plans and batches point into them
  double cells = 0, candidates = 0, connections = 0;
  for (std::uint32_t l = 0; l + 1 < network.layers.size(); ++l) {
    const LayerState& layer = network.layers[l];
    layers.emplace_back(layer, l, shape.batch, ld, stream);
    cells += static_cast<double>(layer.cell_count());
    connections += static_cast<double>(layer.connections());
    candidates += static_cast<double>(layers.back().candidates.size());
  }
  const auto add = [&](const char* name, double bytes, const char* ceiling,
                       std::vector<double> seconds) {
    timings.push_back({name, kIsFloat ? "fp32" : "bf16", bytes, ceiling, std::move(seconds)});
  };
  // What a dense product would store.
  add("score_all", cells * sizeof(float), "", timer.time_called([&] {
    for (const ScoredLayer<Value>& layer : layers) {
      choose_by_gradient(set_of(layer.taken), layer.plan, layer.shape, layer.scored, stream);
    }
  }));
  const std::size_t row_bytes = (shape.batch * sizeof(Value) + 15) / 16 * 16;  // whole vectors
  const auto row = static_cast<double>(row_bytes);
  add("score_candidates", candidates * (row + 12), kIsFloat ? kGather400 : kGather208,
      timer.time_captured([&] {
        for (ScoredLayer<Value>& layer : layers) {
          gradients_of_cells(layer.scored.batch, layer.shape.inputs, set_of(layer.candidates),
                             layer.of_candidates.data(), stream);
        }
      }));
  if (!kIsFloat) return;
  timings.push_back(
      {"draw_candidates", "", connections * sizeof(std::uint64_t), kCopy, timer.time_called([&] {
         for (const ScoredLayer<Value>& layer : layers) {
           drawn_cells(layer.plan, layer.shape, set_of(layer.taken), stream);
         }
       })});
}

template void time_scoring<float>(const BenchShape&, const NetworkState&, const CallTimer&,
                                  const Stream&, std::vector<PrimitiveTiming>&);
template void time_scoring<BFloat16>(const BenchShape&, const NetworkState&, const CallTimer&,
                                     const Stream&, std::vector<PrimitiveTiming>&);

}  // namespace regrow::cuda

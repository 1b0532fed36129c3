#include "reference/score.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "regrow/bijection.h"
#include "regrow/error.h"

namespace regrow::reference {

namespace {

double gradient_of(const ReferenceLayer& layer, const LayerBatch& batch, std::uint64_t cell) {
  const double* const dz = batch.dz.data() + cell / layer.inputs * batch.size;
  const double* const x = batch.x.data() + cell % layer.inputs * batch.size;
  double sum = 0;
  for (std::size_t s = 0; s < batch.size; ++s) sum += dz[s] * x[s];
  return sum;
}

// Of one neuron; values: [sample].
double strength(std::span<const double> values, std::uint32_t layer_index,
                const StrengthRequest& request) {
  double sum = 0;
  for (std::size_t s = 0; s < values.size(); ++s) {
    sum += request.law == CandidateLaw::kGraBo
               ? std::abs(values[s])
               : double{projection_sign(request.seed, layer_index, request.time, s)} * values[s];
  }
  return std::abs(sum);
}

// The neuron that a random number draws: looked for one by one, so that a mistake of
// drawn_neuron()'s search is none of this one.
std::uint64_t neuron_drawn(const std::vector<std::uint64_t>& sums, std::uint64_t random) {
  const std::uint64_t at = scaled_below(random, sums.back());
  std::uint64_t neuron = 0;
  while (sums[neuron] <= at) ++neuron;
  return neuron;
}

// Of every draw its cell, as often as it is drawn.
CellList drawn_cells(const EvolutionPlan& plan, std::uint32_t layer_index,
                     const ReferenceLayer& layer) {
  const CandidateDraws& draws = plan.layers[layer_index].candidates;
  REGROW_CHECK(draws.inputs.size() == layer.inputs && draws.outputs.size() == layer.outputs,
               "candidates are drawn by a weight of each neuron");
  REGROW_CHECK(draws.inputs.back() > 0 && draws.outputs.back() > 0,
               "candidates are drawn by weights whose sum is above 0");
  CellList cells;
  for (std::uint64_t k = 0; k < draws.count; ++k) {
    const PhiloxBlock block =
        random_block(plan.seed, Purpose::kCandidates, layer_index, plan.time.number, k);
    const std::uint64_t in = neuron_drawn(draws.inputs, std::uint64_t{block[1]} << 32 | block[0]);
    const std::uint64_t out = neuron_drawn(draws.outputs, std::uint64_t{block[3]} << 32 | block[2]);
    cells.push_back(cell_index(out, in, layer.inputs));
  }
  return cells;
}

}  // namespace

std::vector<double> cell_gradients(const ReferenceLayer& layer, const LayerBatch& batch,
                                   const CellList& cells) {
  std::vector<double> gradients;
  for (std::size_t k = 0; k < cells.size(); ++k) {
    REGROW_CHECK(cells[k] < layer.cell_count(), "a gradient is asked for beyond the layer");
    REGROW_CHECK(k == 0 || cells[k - 1] < cells[k], "cells whose gradients are asked for ascend");
    gradients.push_back(gradient_of(layer, batch, cells[k]));
  }
  return gradients;
}

NeuronStrengths strengths(const ReferenceLayer& layer, std::uint32_t layer_index,
                          const LayerBatch& batch, const StrengthRequest& request) {
  REGROW_CHECK(draws_by_strength(request.law), "candidates of this law need no strengths");
  NeuronStrengths result;
  for (std::size_t i = 0; i < layer.inputs; ++i) {
    const std::span<const double> x(batch.x.data() + i * batch.size, batch.size);
    result.inputs.push_back(strength(x, layer_index, request));
  }
  for (std::size_t o = 0; o < layer.outputs; ++o) {
    const std::span<const double> dz(batch.dz.data() + o * batch.size, batch.size);
    result.outputs.push_back(strength(dz, layer_index, request));
  }
  return result;
}

CellList candidates(const EvolutionPlan& plan, std::uint32_t layer_index,
                    const ReferenceLayer& layer, const CellList& eligible) {
  if (plan.growth.candidates == CandidateLaw::kAll) return eligible;
  if (plan.growth.candidates == CandidateLaw::kUniform) {
    const std::uint64_t count = plan.layers[layer_index].candidates.count;
    if (count >= eligible.size()) return eligible;
    const Bijection bijection(eligible.size(), plan.seed, Purpose::kCandidates, layer_index,
                              plan.time.number);
    CellList cells;
    for (std::uint64_t k = 0; k < count; ++k) cells.push_back(eligible[bijection(k)]);
    std::sort(cells.begin(), cells.end());
    return cells;
  }
  std::vector<std::uint8_t> is_drawn(layer.cell_count(), 0);
  for (const std::uint64_t cell : drawn_cells(plan, layer_index, layer)) is_drawn[cell] = 1;
  CellList cells;
  for (const std::uint64_t cell : eligible) {
    if (is_drawn[cell]) cells.push_back(cell);
  }
  return cells;
}

CellList highest(const ReferenceLayer& layer, const LayerBatch& batch, const CellList& candidates,
                 std::uint64_t count) {
  std::vector<std::pair<double, std::uint64_t>> scored;  // (−score, cell): ascends as cells grow
  for (const std::uint64_t cell : candidates) {
    const double score = std::abs(gradient_of(layer, batch, cell));
    if (!std::isnan(score)) scored.emplace_back(-score, cell);
  }
  std::sort(scored.begin(), scored.end());
  CellList cells;
  for (const auto& [score, cell] : scored) {
    if (cells.size() == count) break;
    cells.push_back(cell);
  }
  return cells;
}

}  // namespace regrow::reference

#include "cpu/sparse_layer.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "cpu/magnitudes.h"
#include "regrow/error.h"

namespace regrow::cpu {
namespace {

// Growth by a little needs no new arrays.
std::size_t capacity_for(std::size_t connections) { return connections + connections / 8; }

Connections connections_of(const LayerState& state) {
  Connections connections;
  connections.cells = state.cells;
  connections.weights = to_floats(state.weights.values);
  for (const std::vector<double>& slot : state.weights.slots) {
    connections.slots.push_back(to_floats(slot));
  }
  return connections;
}

}  // namespace

SparseLayer::SparseLayer(const LayerState& state, const Kernels& kernels, unsigned threads,
                         UpdateMode mode)
    : kernels_(kernels),
      slots_(state.weights.slots.size()),
      topology_(state.inputs, state.outputs, Member::ranges(threads)),
      biases_(state, mode) {
  assign(connections_of(state));
}

std::uint64_t SparseLayer::bytes_of(const LayerPlan& layer, std::size_t slots, UpdateMode mode) {
  const std::size_t capacity = capacity_for(layer.connections);
  return TrainedArray::bytes_of(capacity, slots, true) +
         Topology::bytes_of(layer.inputs, layer.outputs, capacity) +
         Biases::bytes_of(layer.outputs, slots, mode);
}

void SparseLayer::assign(const Connections& connections) {
  const std::size_t count = connections.size();
  if (count > std::numeric_limits<std::uint32_t>::max() - kIndexPadding) {
    throw Error("a sparse layer of " + std::to_string(count) +
                " connections: the cpu device holds at most 4294967279 a layer; lower --epsilon or "
                "--density");
  }
  if (weights_.capacity() < count) {
    const std::size_t capacity = capacity_for(count);
    weights_ = TrainedArray(capacity, slots_, true);
    topology_.reserve(capacity);
  }
  if (weights_.slot_count() != slots_) weights_ = TrainedArray(weights_.capacity(), slots_, true);
  weights_.set_size(count);
  topology_.assign(connections.cells);
  topology_.for_each([&](std::size_t i, std::uint64_t, std::size_t at) {
    weights_.values()[at] = connections.weights[i];
  });
  for (std::size_t s = 0; s < slots_; ++s) {
    float* const slot = weights_.slot(s);
    const std::vector<float>& from = connections.slots[s];
    const std::uint32_t* const positions = topology_.positions();
    for (std::size_t i = 0; i < count; ++i) slot[positions[i]] = from[i];
  }
}

Connections SparseLayer::connections() const {
  Connections all(topology_.size(), slots_);
  const float* const weights = weights_.values();
  topology_.for_each([&](std::size_t i, std::uint64_t cell, std::size_t at) {
    all.cells[i] = cell;
    all.weights[i] = weights[at];
  });
  for (std::size_t s = 0; s < slots_; ++s) {
    const std::uint32_t* const positions = topology_.positions();
    const float* const slot = weights_.slot(s);
    for (std::size_t i = 0; i < all.size(); ++i) all.slots[s][i] = slot[positions[i]];
  }
  return all;
}

void SparseLayer::forward(const LayerBuffers& buffers, const Activation& activation,
                          Member& member) {
  const ForwardArgs args = {topology_.row_begin(),
                            topology_.columns(),
                            topology_.positions(),
                            weights_.values(),
                            biases_.data(),
                            buffers.input,
                            buffers.output,
                            buffers.ld,
                            inputs(),
                            activation,
                            buffers.format};
  const std::vector<std::size_t>& split = topology_.row_split();
  member.share(split.size() - 1, [&](const Range& parts) {
    kernels_.forward(args, split[parts.first], split[parts.last]);
  });
}

void SparseLayer::backward(const LayerBuffers& buffers, const Activation& input_activation,
                           const Sgd* sgd, Member& member) {
  const BackwardArgs args = {topology_.column_begin(),
                             topology_.rows(),
                             weights_.values(),
                             weights_.slot(0),
                             weights_.gradient(),
                             buffers.input,
                             buffers.output_gradient,
                             buffers.input_gradient,
                             buffers.ld,
                             outputs(),
                             input_activation,
                             sgd,
                             buffers.format,
                             buffers.format};
  const std::vector<std::size_t>& split = topology_.column_split();
  const std::size_t count = split.size() - 1;
  member.share(count, [&](const Range& parts) {
    kernels_.backward(args, split[parts.first], split[parts.last]);
    biases_.backward(kernels_, buffers.output_gradient, buffers.ld, buffers.format, sgd,
                     {outputs() * parts.first / count, outputs() * parts.last / count});
  });
}

void SparseLayer::save(LayerState& state) const {
  Connections all = connections();
  state.cells = std::move(all.cells);
  state.weights.values.assign(all.weights.begin(), all.weights.end());
  state.weights.slots.clear();
  for (const std::vector<float>& slot : all.slots) {
    state.weights.slots.emplace_back(slot.begin(), slot.end());
  }
  biases_.array().save(state.biases);
}

WeightCounts SparseLayer::count_weights() const {
  WeightCounts counts = weights_.count();
  counts.non_finite += biases_.array().count().non_finite;
  return counts;
}

// Column order is none of cells, so that what is protected is looked up, and taken off the counts
// of all: few cells, and no list of the others.
LayerMeasures SparseLayer::measure(const CellList& protected_cells,
                                   const std::optional<MagnitudeDigit>& digit) const {
  const std::vector<float> safe = weights_of(protected_cells);
  const WeightCounts safe_signs = count_signs(safe);
  LayerMeasures measures;
  measures.weights = count_weights();
  measures.candidates = {measures.weights.negatives - safe_signs.negatives,
                         measures.weights.positives - safe_signs.positives,
                         measures.weights.zeros - safe_signs.zeros, 0};
  if (digit) {
    measures.magnitudes = count_digit({weights_.values(), weights_.size()}, *digit);
    const std::vector<std::uint64_t> safe_magnitudes = count_digit(safe, *digit);
    for (std::size_t i = 0; i < safe_magnitudes.size(); ++i) {
      measures.magnitudes[i] -= safe_magnitudes[i];
    }
  }
  return measures;
}

std::vector<float> SparseLayer::weights_of(const CellList& cells) const {
  std::vector<float> weights;
  weights.reserve(cells.size());
  for (std::size_t c = 0; c < cells.size(); ++c) {
    REGROW_CHECK(c == 0 || cells[c - 1] < cells[c], "protected cells must ascend");
    weights.push_back(weights_.values()[topology_.position_of(cells[c])]);
  }
  return weights;
}

}  // namespace regrow::cpu

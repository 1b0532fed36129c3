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

// Outside of any pool, whose threads flush denormals to zero.
LargeVector<float> rounded(const std::vector<double>& values, Workers& workers) {
  LargeVector<float> floats(values.size());
  workers.share(values.size(), [&](const Range& part) {
    std::transform(values.begin() + static_cast<std::ptrdiff_t>(part.first),
                   values.begin() + static_cast<std::ptrdiff_t>(part.last),
                   floats.begin() + static_cast<std::ptrdiff_t>(part.first),
                   [](double value) { return static_cast<float>(value); });
  });
  return floats;
}

ConnectionList list_of(CellSpan cells, const LargeVector<float>& weights,
                       const std::vector<LargeVector<float>>& slots) {
  REGROW_CHECK(slots.size() <= kMostSlots, "more slots than any optimiser has");
  ConnectionList list = {cells, {weights.data()}};
  for (std::size_t s = 0; s < slots.size(); ++s) list.values[1 + s] = slots[s].data();
  return list;
}

}  // namespace

SparseLayer::SparseLayer(const LayerState& state, const Kernels& kernels, unsigned threads,
                         UpdateMode mode)
    : kernels_(kernels),
      threads_(threads),
      slots_(state.weights.slots.size()),
      topology_(state.inputs, state.outputs, Member::ranges(threads)),
      biases_(state, mode) {
  StartedThreads workers(state.connections(), threads);
  const LargeVector<float> weights = rounded(state.weights.values, workers);
  std::vector<LargeVector<float>> slots;
  for (const auto& slot : state.weights.slots) slots.push_back(rounded(slot, workers));
  assign(list_of(state.cells, weights, slots), {}, workers);
}

std::uint64_t SparseLayer::bytes_of(const LayerPlan& layer, std::size_t slots, UpdateMode mode) {
  const std::size_t capacity = capacity_for(layer.connections);
  return TrainedArray::bytes_of(capacity, slots, true) +
         Topology::bytes_of(layer.inputs, layer.outputs, capacity) +
         Biases::bytes_of(layer.outputs, slots, mode);
}

void SparseLayer::assign(const ConnectionList& old, const ConnectionList& grown, Workers& workers) {
  const std::size_t count = old.cells.size() + grown.cells.size();
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
  ColumnValues values = {1 + slots_, {weights_.values()}};
  for (std::size_t s = 0; s < slots_; ++s) values.to[1 + s] = weights_.slot(s);
  topology_.assign(old, grown, values, workers);
}

void SparseLayer::assign(const Connections& old, const Connections& grown, Workers& workers) {
  assign(list_of(old.cells, old.weights, old.slots),
         list_of(grown.cells, grown.weights, grown.slots), workers);
}

Connections SparseLayer::connections(Workers& workers) const {
  Connections all(topology_.size(), slots_);
  workers.share(all.size(), [&](const Range& part) {
    topology_.for_each(part, [&](std::size_t i, std::uint64_t cell) { all.cells[i] = cell; });
    copy_in_rows(weights_.values(), part, all.weights);
    for (std::size_t s = 0; s < slots_; ++s) copy_in_rows(weights_.slot(s), part, all.slots[s]);
  });
  return all;
}

template <typename Values>
void SparseLayer::copy_in_rows(const float* values, const Range& part, Values& to) const {
  const std::uint32_t* const positions = topology_.positions();
  for (std::size_t i = part.first; i < part.last; ++i) to[i] = values[positions[i]];
}

void SparseLayer::forward(const LayerBuffers& buffers, const Activation& activation,
                          Member& member) {
  const ForwardArgs args = {topology_.row_begin(), topology_.columns(), topology_.positions(),
                            weights_.values(),     biases_.data(),      buffers.input,
                            buffers.output,        buffers.ld,          activation,
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
  const std::size_t count = topology_.size();
  // Outside of any pool, whose threads flush denormals to zero.
  StartedThreads workers(count, threads_);
  state.cells.resize(count);
  state.weights.values.resize(count);
  state.weights.slots.assign(slots_, std::vector<double>(count));
  workers.share(count, [&](const Range& part) {
    topology_.for_each(part, [&](std::size_t i, std::uint64_t cell) { state.cells[i] = cell; });
    copy_in_rows(weights_.values(), part, state.weights.values);
    for (std::size_t s = 0; s < slots_; ++s) {
      copy_in_rows(weights_.slot(s), part, state.weights.slots[s]);
    }
  });
  biases_.array().save(state.biases);
}

WeightCounts SparseLayer::count_weights(Workers& workers) const {
  WeightCounts counts = weights_.count(workers);
  counts.non_finite += biases_.array().count(workers).non_finite;
  return counts;
}

// Column order is none of cells, so that what is protected is looked up, and taken off the counts
// of all: few cells, and no list of the others.
LayerMeasures SparseLayer::measure(const CellList& protected_cells,
                                   const std::optional<MagnitudeDigit>& digit,
                                   Workers& workers) const {
  const LargeVector<float> safe = weights_of(protected_cells, workers);
  const WeightCounts safe_signs = count_signs(safe, workers);
  LayerMeasures measures;
  measures.weights = count_weights(workers);
  measures.candidates = {measures.weights.negatives - safe_signs.negatives,
                         measures.weights.positives - safe_signs.positives,
                         measures.weights.zeros - safe_signs.zeros, 0};
  if (digit) {
    measures.magnitudes = count_digit({weights_.values(), weights_.size()}, *digit, workers);
    const std::vector<std::uint64_t> safe_magnitudes = count_digit(safe, *digit, workers);
    for (std::size_t i = 0; i < safe_magnitudes.size(); ++i) {
      measures.magnitudes[i] -= safe_magnitudes[i];
    }
  }
  return measures;
}

LargeVector<float> SparseLayer::weights_of(const CellList& cells, Workers& workers) const {
  LargeVector<float> weights(cells.size());
  workers.share(cells.size(), [&](const Range& part) {
    for (std::size_t c = part.first; c < part.last; ++c) {
      REGROW_CHECK(c == 0 || cells[c - 1] < cells[c], "protected cells must ascend");
      weights[c] = weights_.values()[topology_.position_of(cells[c])];
    }
  });
  return weights;
}

}  // namespace regrow::cpu

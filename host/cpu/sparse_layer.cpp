#include "cpu/sparse_layer.h"

#include <algorithm>
#include <limits>
#include <string>

#include "cpu/magnitudes.h"
#include "regrow/error.h"

namespace regrow::cpu {
namespace {

std::vector<std::size_t> split_evenly(const std::vector<std::uint32_t>& begin, unsigned threads) {
  const std::size_t items = begin.size() - 1;
  std::vector<std::size_t> split(threads + 1, items);
  split[0] = 0;
  for (unsigned thread = 1; thread < threads; ++thread) {
    const std::size_t target = std::size_t{begin.back()} * thread / threads;
    const auto at = std::lower_bound(begin.begin(), begin.end() - 1, target);
    split[thread] = static_cast<std::size_t>(at - begin.begin());
  }
  return split;
}

// Growth by a little needs no new arrays.
std::size_t capacity_for(std::size_t connections) { return connections + connections / 8; }

}  // namespace

SparseLayer::SparseLayer(const LayerState& state, const Kernels& kernels, unsigned threads)
    : kernels_(kernels),
      threads_(threads),
      inputs_(state.inputs),
      outputs_(state.outputs),
      biases_(state) {
  assign({state.cells, to_floats(state.weights), to_floats(state.momentum)});
}

std::uint64_t SparseLayer::bytes_of(const LayerPlan& layer) {
  const std::size_t capacity = capacity_for(layer.connections);
  const std::size_t begins = std::size_t{layer.inputs} + layer.outputs + 2;
  return 3 * AlignedArray<float>::bytes_of(capacity) +
         AlignedArray<std::uint32_t>::bytes_of(capacity) +
         IndexArray::bytes_of(capacity + kIndexPadding, layer.outputs) +
         IndexArray::bytes_of(capacity, layer.inputs) + begins * sizeof(std::uint32_t) +
         Biases::bytes_of(layer.outputs);
}

void SparseLayer::assign(const Connections& connections) {
  count_ = connections.size();
  if (count_ > std::numeric_limits<std::uint32_t>::max() - kIndexPadding) {
    throw Error("a sparse layer of " + std::to_string(count_) +
                " connections: the cpu device holds at most 4294967279 a layer; lower --epsilon or "
                "--density");
  }
  if (weights_.size() < count_) {
    const std::size_t capacity = capacity_for(count_);
    weights_ = AlignedArray<float>(capacity);
    momentum_ = AlignedArray<float>(capacity);
    partial_ = AlignedArray<float>(capacity);
    rows_ = IndexArray(capacity + kIndexPadding, outputs_);
    columns_ = IndexArray(capacity, inputs_);
    position_ = AlignedArray<std::uint32_t>(capacity);
  }

  row_begin_.assign(std::size_t{outputs_} + 1, 0);
  column_begin_.assign(std::size_t{inputs_} + 1, 0);
  std::size_t row = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    while (connections.cells[i] >= (row + 1) * inputs_)
      row_begin_[++row] = static_cast<std::uint32_t>(i);
    const auto column = static_cast<std::uint32_t>(connections.cells[i] - row * inputs_);
    columns_.set(i, column);
    ++column_begin_[column + 1];
  }
  while (row < outputs_) row_begin_[++row] = static_cast<std::uint32_t>(count_);
  for (std::size_t column = 0; column < inputs_; ++column) {
    column_begin_[column + 1] += column_begin_[column];
  }

  // A counting sort by column, stable, so that every column's rows ascend.
  std::vector<std::uint32_t> next(column_begin_.begin(), column_begin_.end() - 1);
  for (row = 0; row < outputs_; ++row) {
    for (std::size_t i = row_begin_[row]; i < row_begin_[row + 1]; ++i) {
      const std::uint32_t at = next[columns_[i]]++;
      rows_.set(at, static_cast<std::uint32_t>(row));
      position_[i] = at;
      weights_[at] = connections.weights[i];
      momentum_[at] = connections.momentum[i];
    }
  }
  row_split_ = split_evenly(row_begin_, threads_);
  column_split_ = split_evenly(column_begin_, threads_);
}

Connections SparseLayer::connections() const {
  Connections all;
  all.cells.resize(count_);
  all.weights.resize(count_);
  all.momentum.resize(count_);
  for (std::size_t row = 0; row < outputs_; ++row) {
    for (std::size_t i = row_begin_[row]; i < row_begin_[row + 1]; ++i) {
      all.cells[i] = cell_index(row, columns_[i], inputs_);
      all.weights[i] = weights_[position_[i]];
      all.momentum[i] = momentum_[position_[i]];
    }
  }
  return all;
}

void SparseLayer::forward(const LayerBuffers& buffers, const Activation& activation,
                          unsigned thread) {
  const ForwardArgs args = {row_begin_.data(), columns_.view(), position_.data(), weights_.data(),
                            biases_.data(),    buffers.input,   buffers.output,   buffers.ld,
                            inputs_,           activation};
  kernels_.forward(args, row_split_[thread], row_split_[thread + 1]);
}

void SparseLayer::backward(const LayerBuffers& buffers, const Activation& input_activation,
                           const Sgd& sgd, unsigned thread, ThreadPool&) {
  const BackwardArgs args = {
      column_begin_.data(), rows_.view(),  weights_.data(),         momentum_.data(),
      partial_.data(),      buffers.input, buffers.output_gradient, buffers.input_gradient,
      buffers.ld,           outputs_,      input_activation,        sgd};
  kernels_.backward(args, column_split_[thread], column_split_[thread + 1]);
  biases_.update(kernels_, buffers.output_gradient, buffers.ld, sgd,
                 even_part(outputs_, thread, threads_));
}

void SparseLayer::save(LayerState& state) const {
  Connections all = connections();
  state.cells = std::move(all.cells);
  state.weights.assign(all.weights.begin(), all.weights.end());
  state.momentum.assign(all.momentum.begin(), all.momentum.end());
  biases_.save(state);
}

void SparseLayer::reset_momentum() {
  std::fill_n(momentum_.data(), count_, 0.0F);
  biases_.reset_momentum();
}

WeightCounts SparseLayer::count_weights() const {
  WeightCounts counts = count_signs({weights_.data(), count_});
  counts.non_finite += count_non_finite({momentum_.data(), count_}) + biases_.count_non_finite();
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
    measures.magnitudes = count_digit({weights_.data(), count_}, *digit);
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
    const std::uint64_t row = cells[c] / inputs_, column = cells[c] % inputs_;
    REGROW_CHECK(row < outputs_, "a protected cell is beyond its layer");
    std::uint32_t first = row_begin_[row], last = row_begin_[row + 1];
    while (first < last) {
      const std::uint32_t middle = first + (last - first) / 2;
      (columns_[middle] < column ? first : last) = columns_[middle] < column ? middle + 1 : middle;
    }
    REGROW_CHECK(first < row_begin_[row + 1] && columns_[first] == column,
                 "a protected cell is no connection");
    weights.push_back(weights_[position_[first]]);
  }
  return weights;
}

}  // namespace regrow::cpu

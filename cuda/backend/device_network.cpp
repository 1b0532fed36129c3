#include "backend/device_network.h"

#include <algorithm>
#include <span>

#include "backend/memory_plan.h"
#include "backend/network_memory.h"
#include "evolve/measure.h"
#include "regrow/error.h"

namespace regrow::cuda {
namespace {

std::vector<float> as_floats(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

std::vector<double> as_doubles(const std::vector<float>& values) {
  return {values.begin(), values.end()};
}

DeviceArray<float> upload(const std::vector<double>& values, const char* what,
                          const Stream& stream) {
  return {std::span<const float>(as_floats(values)), what, stream};
}

Connections connections_of(const LayerState& layer, const Stream& stream) {
  std::vector<std::uint64_t> cells = layer.cells;
  if (layer.kind == LayerKind::kDense) {
    cells.resize(layer.cell_count());
    for (std::size_t cell = 0; cell < cells.size(); ++cell) cells[cell] = cell;
  }
  Connections result;
  result.cells = {std::span<const std::uint64_t>(cells), "cells", stream};
  result.weights = upload(layer.weights, "weights", stream);
  result.momentum = upload(layer.momentum, "momentum", stream);
  result.count = cells.size();
  return result;
}

}  // namespace

template <typename Value>
DeviceNetwork<Value>::DeviceNetwork(const NetworkState& state, const EngineKind& kind,
                                    std::uint32_t training_ld, std::uint32_t evaluation_ld,
                                    const Stream& stream)
    : stream_(stream) {
  REGROW_CHECK(
      std::max(training_ld, evaluation_ld) <= most_columns(widest_layer(state), sizeof(Value)),
      "matrices of more bytes than the kernels can tell apart");
  const LayerState& last = state.layers.back();
  setup_.layers = hidden_layers(state);
  setup_.stream = &stream;
  const std::size_t widest = widest_activation(state);
  for (auto& array : evaluated_) {
    array = {widest * evaluation_ld, "activations of evaluation", stream};
    array.zero();
  }
  for (const LayerState& layer : state.layers) {
    LayerState& shape = shape_.layers.emplace_back();
    shape.inputs = layer.inputs;
    shape.outputs = layer.outputs;
    shape.kind = layer.kind;
    shape.budget = layer.budget;
    biases_.push_back({upload(layer.biases, "biases", stream),
                       upload(layer.bias_momentum, "momentum of biases", stream)});
    activations_.emplace_back(std::size_t{layer.inputs} * training_ld, "activations", stream);
    gradients_.emplace_back(std::size_t{layer.outputs} * training_ld, "gradients", stream);
    // So that no pad holds a NaN, which 0·NaN would spread.
    activations_.back().zero();
    gradients_.back().zero();
  }
  for (std::size_t i = 0; i < setup_.layers.size(); ++i) {
    setup_.layers[i].biases = biases_[i].values.data();
    setup_.layers[i].bias_momentum = biases_[i].momentum.data();
    setup_.training.push_back({training_ld, activations_[i].data(), activations_[i + 1].data(),
                               gradients_[i].data(), i > 0 ? gradients_[i - 1].data() : nullptr});
    setup_.evaluation.push_back({evaluation_ld, evaluated_[i % 2].data(),
                                 evaluated_[(i + 1) % 2].data(), nullptr, nullptr});
  }
  output_weights_ = upload(last.weights, "weights of the output layer", stream);
  output_momentum_ = upload(last.momentum, "momentum of the output layer", stream);
  slices_ = output_slices(last.inputs);
  output_partial_ = {std::size_t{slices_} * last.outputs * std::max(training_ld, evaluation_ld),
                     "partial logits", stream};
  counts_ = {state.layers.size(), "counts", stream};
  engine_ = kind.make(setup_);
  for (std::size_t i = 0; i < setup_.layers.size(); ++i) {
    engine_->assign(i, connections_of(state.layers[i], stream));
  }
}

template <typename Value>
NetworkState DeviceNetwork<Value>::snapshot() const {
  NetworkState network = shape_;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    LayerState& layer = network.layers[i];
    layer.biases = as_doubles(biases_[i].values.download());
    layer.bias_momentum = as_doubles(biases_[i].momentum.download());
    if (i == hidden()) {
      layer.weights = as_doubles(output_weights_.download());
      layer.momentum = as_doubles(output_momentum_.download());
      continue;
    }
    const Connections connections = engine_->connections(i);
    if (layer.kind == LayerKind::kSparse) {
      layer.cells = connections.cells.download(connections.count);
    }
    layer.weights = as_doubles(connections.weights.download(connections.count));
    layer.momentum = as_doubles(connections.momentum.download(connections.count));
  }
  return network;
}

template <typename Value>
void DeviceNetwork<Value>::reset_momentum() {
  engine_->reset_momentum();
  for (Biases& biases : biases_) biases.momentum.zero();
  output_momentum_.zero();
}

template <typename Value>
void DeviceNetwork<Value>::count_weights() {
  counts_.zero();
  for (std::size_t i = 0; i < shape_.layers.size(); ++i) {
    WeightCounts* counts = counts_.data() + i;
    if (i < hidden()) {
      engine_->count_weights(i, counts);
    } else {
      cuda::count_weights(output_weights_.data(), output_weights_.size(), false, counts, stream_);
      cuda::count_weights(output_momentum_.data(), output_momentum_.size(), true, counts, stream_);
    }
    for (const DeviceArray<float>* values : {&biases_[i].values, &biases_[i].momentum}) {
      cuda::count_weights(values->data(), values->size(), true, counts, stream_);
    }
  }
}

template <typename Value>
std::vector<LayerMeasures> DeviceNetwork<Value>::measure(const MeasureRequest& request) {
  const std::size_t layers = shape_.layers.size();
  REGROW_CHECK(request.protected_cells.empty() || request.protected_cells.size() == layers,
               "one list of protected cells per layer, or none at all");
  if (request.digit) require_digit_of_floats(*request.digit);
  count_weights();
  const std::vector<WeightCounts> counts = counts_.download();
  std::vector<LayerMeasures> measures(layers);
  for (std::size_t i = 0; i < layers; ++i) {
    measures[i].weights = counts[i];
    if (shape_.layers[i].kind == LayerKind::kDense) continue;
    // As it is where nothing is protected.
    measures[i].candidates = counts[i];
    measures[i].candidates.non_finite = 0;
  }
  if (!request.protected_cells.empty() || request.digit) measure_candidates(request, measures);
  return measures;
}

template <typename Value>
void DeviceNetwork<Value>::measure_candidates(const MeasureRequest& request,
                                              std::vector<LayerMeasures>& measures) {
  const std::size_t values = request.digit ? std::size_t{1} << request.digit->width : 0;
  DeviceArray<CandidateTotals> totals(hidden(), "signs of candidates", stream_);
  DeviceArray<std::uint64_t> magnitudes(hidden() * values, "magnitudes of candidates", stream_);
  totals.zero();
  magnitudes.zero();
  const auto protected_in = [&](std::size_t layer) {
    return request.protected_cells.empty() ? std::span<const std::uint64_t>()
                                           : std::span(request.protected_cells[layer]);
  };
  for (std::size_t i = 0; i < hidden(); ++i) {
    if (shape_.layers[i].kind == LayerKind::kDense) continue;
    const Cells protected_cells(protected_in(i), "protected cells", stream_);
    const Cells cells = protected_cells.size() > 0 ? engine_->cells(i) : Cells();
    const CanonicalWeights weights = engine_->weights(i);
    if (protected_cells.size() > 0) {
      count_candidates(weights, cells, set_of(protected_cells), totals.data() + i, stream_);
    }
    if (request.digit) {
      count_magnitudes(weights, cells, set_of(protected_cells), *request.digit,
                       magnitudes.data() + i * values, stream_);
    }
  }
  const std::vector<CandidateTotals> signs = totals.download();
  const std::vector<std::uint64_t> counts = magnitudes.download();
  for (std::size_t i = 0; i < hidden(); ++i) {
    if (shape_.layers[i].kind == LayerKind::kDense) continue;
    const auto first = counts.begin() + static_cast<std::ptrdiff_t>(i * values);
    measures[i].magnitudes.assign(first, first + static_cast<std::ptrdiff_t>(values));
    if (protected_in(i).empty()) continue;
    REGROW_CHECK(signs[i].protected_ones == protected_in(i).size(),
                 "a request protects cells that are no connections");
    measures[i].candidates = {signs[i].negatives, signs[i].positives, signs[i].zeros, 0};
  }
}

template <typename Value>
OutputView DeviceNetwork<Value>::output() {
  const LayerState& layer = shape_.layers.back();
  return {layer.outputs,
          layer.inputs,
          output_weights_.data(),
          output_momentum_.data(),
          biases_.back().values.data(),
          biases_.back().momentum.data()};
}

template class DeviceNetwork<float>;
template class DeviceNetwork<BFloat16>;

}  // namespace regrow::cuda

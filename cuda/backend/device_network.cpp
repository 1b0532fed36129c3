#include "backend/device_network.h"

#include <algorithm>
#include <span>

#include "backend/memory_plan.h"
#include "backend/network_memory.h"
#include "evolve/measure.h"
#include "evolve/strengths.h"
#include "network/network_plan.h"
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

DeviceParameter upload(const Parameter& parameter, const char* what, const Stream& stream) {
  DeviceParameter result;
  result.values = upload(parameter.values, what, stream);
  for (const std::vector<double>& slot : parameter.slots) {
    result.slots.push_back(upload(slot, what, stream));
  }
  return result;
}

/// The first `count` values.
Parameter download(const DeviceParameter& parameter, std::size_t count) {
  Parameter result;
  result.values = as_doubles(parameter.values.download(count));
  for (const DeviceArray<float>& slot : parameter.slots) {
    result.slots.push_back(as_doubles(slot.download(count)));
  }
  return result;
}
Parameter download(const DeviceParameter& parameter) {
  return download(parameter, parameter.values.size());
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
  result.count = cells.size();
  return result;
}

}  // namespace

template <typename Value>
typename DeviceNetwork<Value>::Trainable DeviceNetwork<Value>::upload_parameter(
    const Parameter& parameter, bool keeps_gradient, const char* what) {
  return {upload(parameter, what, stream_),
          {keeps_gradient ? parameter.size() : 0, "gradients of parameters", stream_}};
}

template <typename Value>
DeviceNetwork<Value>::DeviceNetwork(const NetworkState& state, const EngineKind& kind,
                                    const BackendOptions& options, std::uint32_t training_ld,
                                    std::uint32_t evaluation_ld, const Stream& stream)
    : stream_(stream), leaky_slope_(options.leaky_slope) {
  REGROW_CHECK(
      std::max(training_ld, evaluation_ld) <= most_columns(widest_layer(state), sizeof(Value)),
      "matrices of more bytes than the kernels can tell apart");
  const LayerState& last = state.layers.back();
  setup_.layers = hidden_layers(state);
  setup_.update = update_mode(options.optimiser, options.clip_norm);
  setup_.stream = &stream;
  const bool keeps_gradients = setup_.update == UpdateMode::kGradients;
  const std::size_t widest = widest_activation(state);
  for (auto& array : evaluated_) {
    array = {widest * evaluation_ld, "activations of evaluation", stream};
    array.zero();
  }
  for (const LayerState& layer : state.layers) {
    shape_.layers.push_back(without_values(layer));
    biases_.push_back(upload_parameter(layer.biases, keeps_gradients, "biases"));
    activations_.emplace_back(std::size_t{layer.inputs} * training_ld, "activations", stream);
    gradients_.emplace_back(std::size_t{layer.outputs} * training_ld, "gradients", stream);
    // So that no pad holds a NaN, which 0·NaN would spread.
    activations_.back().zero();
    gradients_.back().zero();
  }
  for (std::size_t i = 0; i < setup_.layers.size(); ++i) {
    const LayerState& layer = state.layers[i];
    const std::uint64_t kept = needs_pre_activation(layer, i, options) ? layer.outputs : 0;
    pre_activations_.emplace_back(kept * training_ld, "pre-activations", stream);
    std::vector<Trainable>& learned = learned_.emplace_back();
    for (const Parameter& parameter : layer.activation_parameters) {
      learned.push_back(upload_parameter(parameter, true, "what activations learn"));
    }
  }
  for (std::size_t i = 0; i < setup_.layers.size(); ++i) {
    setup_.layers[i].biases = biases_[i].parameter.view();
    setup_.layers[i].bias_gradient = biases_[i].gradient.data();
    setup_.training.push_back({training_ld, activations_[i].data(), activations_[i + 1].data(),
                               gradients_[i].data(), i > 0 ? gradients_[i - 1].data() : nullptr,
                               pre_activations_[i].data(),
                               i > 0 ? pre_activations_[i - 1].data() : nullptr});
    setup_.evaluation.push_back({evaluation_ld, evaluated_[i % 2].data(),
                                 evaluated_[(i + 1) % 2].data(), nullptr, nullptr});
  }
  output_weights_ = upload_parameter(last.weights, keeps_gradients, "weights of the output layer");
  if (options.clip_norm > 0) {
    clip_scratch_ = {cuda::clip_scratch(parameter_count(state)), "sums of squares", stream};
    clip_scratch_.zero();
  }
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
    layer.biases = download(biases_[i].parameter);
    if (i == hidden()) {
      layer.weights = download(output_weights_.parameter);
      continue;
    }
    for (const Trainable& each : learned_[i]) {
      layer.activation_parameters.push_back(download(each.parameter));
    }
    const Connections connections = engine_->connections(i);
    if (layer.kind == LayerKind::kSparse) {
      layer.cells = connections.cells.download(connections.count);
    }
    layer.weights = download(connections.weights, connections.count);
  }
  return network;
}

template <typename Value>
void DeviceNetwork<Value>::reset_slots() {
  engine_->reset_slots();
  for (Trainable& biases : biases_) biases.parameter.zero_slots();
  for (std::vector<Trainable>& layer : learned_) {
    for (Trainable& each : layer) each.parameter.zero_slots();
  }
  output_weights_.parameter.zero_slots();
}

template <typename Value>
void DeviceNetwork<Value>::count_non_finite(const DeviceParameter& parameter, bool values,
                                            WeightCounts* counts) {
  const std::size_t size = parameter.values.size();
  if (values) cuda::count_weights(parameter.values.data(), size, true, counts, stream_);
  for (const DeviceArray<float>& slot : parameter.slots) {
    cuda::count_weights(slot.data(), size, true, counts, stream_);
  }
}

template <typename Value>
void DeviceNetwork<Value>::count_weights() {
  counts_.zero();
  for (std::size_t i = 0; i < shape_.layers.size(); ++i) {
    WeightCounts* counts = counts_.data() + i;
    if (i < hidden()) {
      engine_->count_weights(i, counts);
      for (const Trainable& each : learned_[i]) count_non_finite(each.parameter, true, counts);
    } else {
      const DeviceParameter& weights = output_weights_.parameter;
      cuda::count_weights(weights.values.data(), weights.values.size(), false, counts, stream_);
      count_non_finite(weights, false, counts);
    }
    count_non_finite(biases_[i].parameter, true, counts);
  }
}

template <typename Value>
std::vector<LayerMeasures> DeviceNetwork<Value>::measure(const MeasureRequest& request,
                                                         std::uint32_t batch) {
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
  if (request.strengths) measure_strengths(*request.strengths, batch, measures);
  return measures;
}

template <typename Value>
LayerBatch DeviceNetwork<Value>::batch_of(std::size_t layer, std::uint32_t batch) const {
  const LayerBuffers<Value>& buffers = training(layer);
  return BatchOf<Value>{buffers.input, buffers.gradient, buffers.ld, batch};
}

template <typename Value>
void DeviceNetwork<Value>::measure_strengths(const StrengthRequest& request, std::uint32_t batch,
                                             std::vector<LayerMeasures>& measures) const {
  for (std::uint32_t i = 0; i < hidden(); ++i) {
    const LayerState& layer = shape_.layers[i];
    if (layer.kind == LayerKind::kDense) continue;
    DeviceArray<double> inputs(layer.inputs, "strengths of inputs", stream_);
    DeviceArray<double> outputs(layer.outputs, "strengths of outputs", stream_);
    neuron_strengths(batch_of(i, batch), {i, layer.inputs, layer.outputs}, request, inputs.data(),
                     outputs.data(), stream_);
    measures[i].strengths = {inputs.download(), outputs.download()};
  }
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
  return {layer.outputs, layer.inputs, output_weights_.parameter.view(),
          biases_.back().parameter.view()};
}

template <typename Value>
OutputGradient<Value> DeviceNetwork<Value>::output_share() {
  return {output(), activations_.back().data(), gradients_.back().data(),
          output_weights_.gradient.data(), biases_.back().gradient.data()};
}

template <typename Value>
Activation DeviceNetwork<Value>::activation(std::size_t layer) const {
  const auto of_layer =
      step::layer_activation(shape_.layers[layer].activation, layer, leaky_slope_);
  Activation result;
  result.form = of_layer.form;
  result.slope = of_layer.slope;
  result.layer = static_cast<std::uint32_t>(layer);
  const std::vector<Trainable>& learned = learned_[layer];
  if (of_layer.form == step::ActivationForm::kSRelu) {
    const auto values = [&](std::size_t i) { return learned[i].parameter.values.data(); };
    result.learned = {values(0), values(1), values(2), values(3)};
  }
  return result;
}

template <typename Value>
SReluGradients DeviceNetwork<Value>::srelu_gradients(std::size_t layer) {
  std::vector<Trainable>& learned = learned_[layer];
  return {learned[0].gradient.data(), learned[1].gradient.data(), learned[2].gradient.data(),
          learned[3].gradient.data()};
}

template <typename Value>
std::vector<ParameterGradient> DeviceNetwork<Value>::parameters() {
  std::vector<ParameterGradient> all;
  for (std::size_t i = 0; i < hidden(); ++i) {
    all.push_back(engine_->weights_and_gradient(i));
    all.push_back(biases_[i].view(false));
    for (Trainable& each : learned_[i]) all.push_back(each.view(false));
  }
  all.push_back(output_weights_.view(true));
  all.push_back(biases_.back().view(false));
  return all;
}

template <typename Value>
std::vector<ParameterGradient> DeviceNetwork<Value>::learned() {
  std::vector<ParameterGradient> all;
  for (std::vector<Trainable>& layer : learned_) {
    for (Trainable& each : layer) all.push_back(each.view(false));
  }
  return all;
}

template class DeviceNetwork<float>;
template class DeviceNetwork<BFloat16>;

}  // namespace regrow::cuda

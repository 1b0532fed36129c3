// Every launch of a training step on the benchmarked network. Bytes are those that the primitive
// must move: per connection one row of activations (in 16-byte words, without the pad beyond them)
// and its indices and values, per neuron what it reads and writes.
#include "bench/step_primitives.h"

#include <fmt/format.h>

#include <span>
#include <string>
#include <utility>

#include "regrow/augmentation.h"
#include "regrow/philox.h"
#include "regrow/step/dropout.h"
#include "step/backward.h"
#include "step/forward.h"
#include "step/load_batch.h"
#include "step/optimiser.h"
#include "step/output.h"
#include "step/weight_gradient.h"

namespace regrow::cuda {
namespace {

template <typename T>
DeviceArray<T> upload(const std::vector<T>& values, const Stream& stream) {
  return {std::span<const T>(values), "benchmark", stream};
}

template <typename Value>
DeviceArray<Value> noise(std::size_t count, std::uint32_t stream_number, const Stream& stream) {
  if constexpr (sizeof(Value) == 4) {
    return upload(noise_values(count, stream_number), stream);
  } else {
    return upload(as_bfloat16(noise_values(count, stream_number)), stream);
  }
}

/// With a slot of zeros.
DeviceParameter parameter(const std::vector<float>& values, const Stream& stream) {
  DeviceParameter result(values.size(), 1, "benchmark", stream);
  result.values.upload(values);
  result.zero_slots();
  return result;
}

/// The images as each kind of features, and what an epoch needs to read them augmented. Of sparse
/// rows one feature in 32 is stored.
struct Images {
  static constexpr std::uint32_t kEach = 32;

  DeviceArray<std::uint8_t> bytes;
  DeviceArray<float> floats;
  DeviceArray<std::uint64_t> row_begin;
  DeviceArray<std::uint32_t> columns;
  DeviceArray<step::ByteLaw> byte_laws;
  DeviceArray<step::FloatLaw> float_laws;
  DeviceArray<std::uint16_t> labels;
  DeviceArray<std::uint32_t> samples;
  DeviceArray<AffineMatrix> matrices;
  ImageShape shape;

  Images(const BenchShape& bench, const Stream& stream) : shape(bench.image) {
    const std::uint32_t features = shape.features();
    const std::vector<std::uint8_t> noise = noise_bytes(std::size_t{bench.images} * features, 9);
    std::vector<std::uint64_t> begins = {0};
    std::vector<std::uint32_t> stored;
    std::vector<std::uint16_t> classes;
    std::vector<std::uint32_t> order;
    std::vector<AffineMatrix> affine;
    AugmentationSettings settings;
    settings.enabled = true;
    for (std::uint32_t i = 0; i < bench.images; ++i) {
      for (std::uint32_t f = i % kEach; f < features; f += kEach) stored.push_back(f);
      begins.push_back(stored.size());
      classes.push_back(static_cast<std::uint16_t>(i % 10));
      order.push_back(static_cast<std::uint32_t>(std::uint64_t{i} * 7919 % bench.images));
      affine.push_back(augmentation_matrix(settings, shape, 0, 0, i));
    }
    bytes = upload(noise, stream);
    floats = upload(std::vector<float>(noise.begin(), noise.end()), stream);
    row_begin = upload(begins, stream);
    columns = upload(stored, stream);
    byte_laws = upload(std::vector(features, step::byte_law(127.5, 73.9)), stream);
    float_laws = upload(std::vector(features, step::float_law(127.5, 73.9)), stream);
    labels = upload(classes, stream);
    samples = upload(order, stream);
    matrices = upload(affine, stream);
  }

  ByteSource as_bytes() const { return {bytes.data(), byte_laws.data()}; }
  FloatSource as_floats() const { return {floats.data(), float_laws.data()}; }
  SparseSource as_rows() const {
    return {row_begin.data(), columns.data(), floats.data(), float_laws.data()};
  }
  BatchSource source(const FeatureSource& features, bool augmented) const {
    return {features, labels.data(), samples.data(), augmented ? matrices.data() : nullptr, shape};
  }
};

/// Everything that a step reads and writes.
template <typename Value>
struct StepBuffers {
  std::vector<Topology> topologies;           // [hidden layers]
  std::vector<DeviceParameter> biases;        // [layers]
  std::vector<DeviceArray<Value>> values;     // [layers]: the input of each
  std::vector<DeviceArray<Value>> gradients;  // [layers]: of the output of each
  DeviceParameter output_weights;
  DeviceArray<float> partial, losses;
  DeviceArray<std::uint32_t> hits;
  DeviceArray<std::uint16_t> labels;
  DeviceArray<StepState> state;
  DeviceArray<StepSums> sums;
  OutputView output;

  StepBuffers(const NetworkState& network, std::uint32_t ld, std::uint32_t most_steps,
              const Stream& stream)
      : losses(ld, "losses", stream),
        hits(ld, "hits", stream),
        state(1, "state", stream),
        sums(most_steps, "sums", stream) {
    losses.zero();
    hits.zero();
    for (std::uint32_t l = 0; l < network.layers.size(); ++l) {
      const LayerState& layer = network.layers[l];
      values.push_back(noise<Value>(std::size_t{layer.inputs} * ld, 2 * l, stream));
      gradients.push_back(noise<Value>(std::size_t{layer.outputs} * ld, 2 * l + 1, stream));
      biases.push_back(parameter(noise_values(layer.outputs, 100 + l), stream));
      if (layer.kind != LayerKind::kSparse) continue;
      topologies.emplace_back(LayerShape{l, layer.inputs, layer.outputs}, layer.connections(), 1,
                              stream);
      topologies.back().assign(upload_connections(layer, stream));
    }
    const LayerState& last = network.layers.back();
    output_weights = parameter(
        std::vector<float>(last.weights.values.begin(), last.weights.values.end()), stream);
    partial = {std::size_t{output_slices(last.inputs)} * last.outputs * ld, "partial", stream};
    std::vector<std::uint16_t> classes(ld);
    for (std::uint32_t s = 0; s < ld; ++s) {
      classes[s] = static_cast<std::uint16_t>(s % last.outputs);
    }
    labels = upload(classes, stream);
    output = {last.outputs, last.inputs, output_weights.view(), biases.back().view()};
  }

  RowView rows(std::size_t layer) {
    RowView view = topologies[layer].rows();
    view.biases = biases[layer].view();
    return view;
  }
};

Activation activation(std::uint32_t layer) {
  Activation result;
  result.slope = 0.3F;
  result.drops = true;
  result.threshold = step::dropout_threshold(0.3);
  result.scale = 1 / 0.7F;
  result.layer = layer;
  return result;
}

/// Room for the gradients of all parameters, as optimisers other than sgd keep them.
struct KeptGradients {
  std::vector<DeviceArray<float>> arrays;
  std::vector<ParameterGradient> parameters;
  std::size_t numbers = 0;

  float* add(const ParameterView& parameter, std::size_t count, bool decays, const Stream& stream) {
    arrays.emplace_back(count, "gradients", stream).zero();
    parameters.push_back({parameter, arrays.back().data(), count, nullptr, decays});
    numbers += count;
    return arrays.back().data();
  }
};

}  // namespace

template <typename Value>
void time_step(const BenchShape& shape, const NetworkState& network, const CallTimer& timer,
               const Stream& stream, std::vector<PrimitiveTiming>& timings) {
  const std::uint32_t ld = (shape.batch + 7) / 8 * 8;
  const std::string storage = sizeof(Value) == 4 ? "fp32" : "bf16";
  const char* const gather = sizeof(Value) == 4 ? kGather400 : kGather208;
  // Of one row of activations: what is gathered, and what is streamed with its pad.
  const std::size_t gathered_bytes = (shape.batch * sizeof(Value) + 15) / 16 * 16;
  const auto gathered = static_cast<double>(gathered_bytes);
  const double streamed = static_cast<double>(ld * sizeof(Value));
  StepBuffers<Value> b(network, ld, timer.most_calls() + 16, stream);
  const Images images(shape, stream);
  const std::size_t hidden = b.topologies.size();
  StepState* const state = b.state.data();
  const auto restart = [&] { b.state.zero(); };
  restart();
  const auto add = [&](std::string name, double bytes, const char* ceiling, const auto& body) {
    timings.push_back(
        {std::move(name), storage, bytes, ceiling, timer.time_captured(body, restart)});
  };

  const double features = shape.image.features();
  const auto add_loading = [&](const char* name, double read, const BatchSource& source) {
    add(name, read * shape.batch + features * streamed, kCopy, [&, source] {
      load_batch(source, nullptr, 0, shape.batch, ld, b.values[0].data(), b.labels.data(), stream);
    });
  };
  add_loading("load batch", features, images.source(images.as_bytes(), true));
  add_loading("load batch, floats", 4 * features, images.source(images.as_floats(), false));
  // A column and a value.
  add_loading("load batch, sparse rows", 8 * features / Images::kEach,
              images.source(images.as_rows(), false));
  for (std::uint32_t l = 0; l < hidden; ++l) {
    const RowView rows = b.rows(l);
    const auto connections = static_cast<double>(b.topologies[l].count());
    add(fmt::format("forward {}", l + 1),
        connections * (gathered + 8) + rows.outputs * (streamed + 8), gather, [&, l] {
          forward(rows, activation(l), state, ld, b.values[l].data(), b.values[l + 1].data(),
                  static_cast<Value*>(nullptr), stream);
        });
  }
  const double classes = b.output.classes;
  const double inputs = b.output.inputs;
  const double slices = output_slices(b.output.inputs);
  add("multiply output", inputs * (streamed + 4 * classes) + slices * classes * ld * 4, kCopy,
      [&] { multiply_output(b.output, ld, b.values[hidden].data(), b.partial.data(), stream); });
  LossTargets targets;
  targets.losses = b.losses.data();
  targets.hits = b.hits.data();
  targets.gradient = b.gradients[hidden].data();
  add("softmax", classes * (slices * ld * 4 + streamed), kCopy, [&] {
    output_loss<Value>(b.output, {}, output_slices(b.output.inputs), b.partial.data(),
                       b.labels.data(), shape.batch, ld, targets, nullptr, nullptr, stream);
  });
  add("backward output", inputs * (2 * streamed + 4 * classes) + classes * streamed, kCopy, [&] {
    backward_output(b.output, activation(static_cast<std::uint32_t>(hidden - 1)), ld,
                    static_cast<const Value*>(b.gradients[hidden].data()), b.values[hidden].data(),
                    static_cast<const Value*>(nullptr), b.gradients[hidden - 1].data(), stream);
  });
  for (std::size_t l = hidden; l-- > 1;) {
    const ColumnView columns = b.topologies[l].columns();
    const auto connections = static_cast<double>(b.topologies[l].count());
    add(fmt::format("backward {}", l + 1),
        connections * (gathered + 12) + columns.inputs * (2 * streamed + 4), gather, [&, l] {
          backward_input(columns, activation(static_cast<std::uint32_t>(l - 1)), ld,
                         static_cast<const Value*>(b.gradients[l].data()), b.values[l].data(),
                         static_cast<const Value*>(nullptr), b.gradients[l - 1].data(), stream);
        });
  }
  std::vector<LayerGradient<Value>> updates;
  double bytes = inputs * (streamed + 16 * classes) + classes * streamed;
  for (std::size_t l = 0; l < hidden; ++l) {
    updates.push_back({b.rows(l), b.values[l].data(), b.gradients[l].data()});
    bytes += static_cast<double>(b.topologies[l].count()) * (gathered + 20) +
             updates.back().layer.outputs * (streamed + 20);
  }
  const OutputGradient<Value> output = {b.output, b.values[hidden].data(),
                                        b.gradients[hidden].data()};
  const StepRecord record = {b.losses.data(), b.hits.data(), shape.batch, b.sums.data(), state};
  add("update all", bytes, gather, [&] {
    fused_update<Value>(updates, output, {0.9F, 0}, ld, record, stream);
  });

  KeptGradients kept;
  for (std::size_t l = 0; l < hidden; ++l) {
    const RowView& rows = updates[l].layer;
    updates[l].of_weights = kept.add(rows.weights, b.topologies[l].count(), true, stream);
    updates[l].of_biases = kept.add(rows.biases, rows.outputs, false, stream);
  }
  OutputGradient<Value> output_kept = output;
  output_kept.of_weights =
      kept.add(b.output.weights, std::size_t{b.output.classes} * b.output.inputs, true, stream);
  output_kept.of_biases = kept.add(b.output.biases, b.output.classes, false, stream);
  const auto numbers = static_cast<double>(kept.numbers);
  // In place of a weight and its momentum, read and written, a gradient is written.
  add("weight gradient all", bytes - 12 * numbers, gather,
      [&] { weight_gradient<Value>(updates, output_kept, ld, stream); });
  DeviceArray<double> scratch(clip_scratch(kept.parameters.size()), "sums", stream);
  scratch.zero();
  add("clip all", 4 * numbers, kCopy,
      [&] { clip_gradients(kept.parameters, 1, scratch.data(), state, stream); });
  OptimiserSettings nesterov;
  nesterov.kind = OptimiserKind::kNesterov;
  // The gradient; of value and slot what was and what will be.
  add("apply all", 20 * numbers, kCopy,
      [&] { apply_gradients(kept.parameters, nesterov, state, stream); });
}

template void time_step<float>(const BenchShape&, const NetworkState&, const CallTimer&,
                               const Stream&, std::vector<PrimitiveTiming>&);
template void time_step<BFloat16>(const BenchShape&, const NetworkState&, const CallTimer&,
                                  const Stream&, std::vector<PrimitiveTiming>&);

}  // namespace regrow::cuda

#include "cpu_bench/primitives.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "backend_interface/bench_network.h"
#include "cpu/drop.h"
#include "cpu/evolve.h"
#include "cpu/hidden_activation.h"
#include "cpu/load_batch.h"
#include "cpu/magnitudes.h"
#include "cpu/optimiser.h"
#include "cpu/output.h"
#include "cpu/sparse_layer.h"
#include "cpu_bench/call_timer.h"
#include "cpu_bench/score_primitives.h"
#include "evolution/drop_counts.h"
#include "regrow/evolution/growth_rule.h"

namespace regrow::cpu {
namespace {

// What streams its data is held against a copy; what gathers rows from the caches, against nothing.
constexpr const char* kCopy = "copy";
constexpr const char* kNone = "";
constexpr double kBytesPerConnection = 16;  // cell, weight and slot

AlignedArray<float> noise(std::size_t count, std::uint32_t stream, float scale = 1) {
  const std::vector<float> values = noise_values(count, stream);
  AlignedArray<float> result(count);
  for (std::size_t i = 0; i < count; ++i) result[i] = scale * values[i];
  return result;
}

/// A network at a training step, and the times of its primitives.
class PrimitiveBench {
 public:
  explicit PrimitiveBench(const PrimitiveOptions& options)
      : timer_(options),
        shape_(bench_shape(options.tiny)),
        network_(bench_network(shape_)),
        ld_(padded_batch(shape_.batch)),
        row_(ld_ * sizeof(float)) {
    for (std::uint32_t l = 0; l < network_.layers.size(); ++l) {
      const LayerState& layer = network_.layers[l];
      inputs_.push_back(noise(std::size_t{layer.inputs} * ld_, 2 * l));
      gradients_.push_back(noise(std::size_t{layer.outputs} * ld_, 2 * l + 1, 1e-3F));
    }
  }

  std::vector<PrimitiveTiming> run() {
    time_copy();
    time_load_batch();
    for (std::size_t l = 0; l < hidden(); ++l) time_forward(l, ActivationKind::kLeakyRelu);
    time_forward(0, ActivationKind::kSRelu);
    time_forward(0, ActivationKind::kGelu);
    time_output();
    for (std::size_t l = hidden(); l-- > 0;) time_backward(l, UpdateMode::kFused);
    for (std::size_t l = hidden(); l-- > 0;) time_backward(l, UpdateMode::kGradients);
    for (const auto& [name, kind] :
         {std::pair{"sgd", OptimiserKind::kSgd}, std::pair{"adam", OptimiserKind::kAdam}}) {
      time_optimiser(name, kind);
    }
    std::vector<PrimitiveTiming> scoring = time_scoring(timer_, network_, batches(), kernels_);
    std::move(scoring.begin(), scoring.end(), std::back_inserter(timings_));
    time_evolution();
    return std::move(timings_);
  }

 private:
  std::size_t hidden() const { return network_.layers.size() - 1; }

  std::vector<LayerBatch> batches() const {
    std::vector<LayerBatch> result;
    for (std::size_t l = 0; l < hidden(); ++l) {
      result.push_back({inputs_[l].data(), gradients_[l].data(), ld_, shape_.batch});
    }
    return result;
  }

  void add(std::string name, double bytes, const char* ceiling, std::vector<double> seconds) {
    timings_.push_back({std::move(name), "fp32", bytes, ceiling, std::move(seconds)});
  }

  void time_copy() {
    const std::size_t bytes = std::size_t{shape_.images} * shape_.image.features();
    std::vector<std::uint8_t> from(bytes, 1), to(bytes);
    add(kCopy, 2 * static_cast<double>(bytes), kNone,
        timer_.time([&] { std::memcpy(to.data(), from.data(), bytes); }));
  }

  void time_load_batch() {
    const std::size_t features = shape_.image.features(), count = features * shape_.batch;
    // What is written of a row of activations, and read of it where it was staged before.
    const auto staged = static_cast<double>(3 * features * row_);
    const ByteFeatures bytes = noise_bytes(count, 9);
    time_load_batch("load batch", bytes, true, static_cast<double>(count) + staged);
    time_load_batch("load batch, not augmented", bytes, false, static_cast<double>(count) + staged);
    time_load_batch("load batch, floats", noise_values(count, 9), false,
                    static_cast<double>(count * sizeof(float)) + staged);
    // One in 32 is stored.
    SparseRows rows;
    for (std::size_t i = 0; i < shape_.batch; ++i) {
      for (std::size_t f = i % 32; f < features; f += 32) {
        rows.columns.push_back(static_cast<std::uint32_t>(f));
      }
      rows.row_begin.push_back(rows.columns.size());
    }
    rows.values = noise_values(rows.columns.size(), 9);
    time_load_batch("load batch, sparse rows", rows, false, static_cast<double>(features * row_));
  }

  void time_load_batch(const char* name, Features values, bool augmented, double streamed) {
    auto dataset = std::make_shared<Dataset>();
    const std::size_t features = shape_.image.features();
    dataset->shape = shape_.image;
    dataset->train.features = std::move(values);
    dataset->train.labels.resize(shape_.batch);
    dataset->standardisation.mean.assign(features, 127.5);
    dataset->standardisation.deviation.assign(features, 73.9);
    std::vector<std::uint32_t> ids(shape_.batch);
    std::iota(ids.begin(), ids.end(), 0U);
    const SampleBatch batch = {&dataset->train.features, ids, {}};
    BatchLoader::Augmentation augmentation;
    augmentation.settings.enabled = augmented;
    BatchLoader loader(dataset, augmentation, kernels_, 1, ld_, RowFormat::kFloats);
    const BatchLoader::Time time;
    add(name, streamed, kCopy, timer_.time([&] {
      loader.stage(batch, &time, alone_);
      loader.write(batch, &time, inputs_[0].data(), alone_);
      if (loader.stays_sparse(&time)) loader.put_stored(batch, inputs_[0].data(), alone_);
    }));
  }

  BackendOptions options(bool drops) const {
    BackendOptions result;
    result.batch_size = shape_.batch;
    result.dropout = drops ? 0.3 : 0;
    return result;
  }

  void time_forward(std::size_t l, ActivationKind kind) {
    LayerState state = network_.layers[l];
    state.activation = kind;
    for (std::size_t p = 0; p < parameter_names(kind).size(); ++p) {
      state.activation_parameters.emplace_back(std::vector<double>(state.outputs, 0.5), 1);
    }
    SparseLayer layer(state, kernels_, 1, UpdateMode::kFused);
    AlignedArray<float> output(std::size_t{state.outputs} * ld_);
    const LayerBuffers at = {inputs_[l].data(), output.data(), nullptr, nullptr, ld_};
    const double bytes = static_cast<double>(state.connections() * (row_ + 12)) +
                         static_cast<double>(state.outputs * row_);
    for (const bool drops : {true, false}) {
      HiddenActivation activation(state, static_cast<std::uint32_t>(l), options(drops), ld_);
      std::string name = fmt::format("forward {}", l + 1);
      if (kind == ActivationKind::kSRelu) name += ", srelu";
      if (kind == ActivationKind::kGelu) name += ", gelu";
      if (!drops) name += ", no dropout";
      add(std::move(name), bytes, kNone,
          timer_.time([&] { layer.forward(at, activation.view(true, 0), alone_); }));
    }
  }

  void time_output() {
    const LayerState& state = network_.layers.back();
    OutputLayer layer(state, kernels_, ld_, RowFormat::kFloats, UpdateMode::kFused);
    std::vector<std::uint16_t> labels(shape_.batch);
    for (std::size_t i = 0; i < labels.size(); ++i) {
      labels[i] = static_cast<std::uint16_t>(i % state.outputs);
    }
    const Loss loss({}, {});
    const Expected expected = {labels, {}};
    const AlignedArray<float>& input = inputs_.back();
    AlignedArray<float> input_gradient(input.size());
    HiddenActivation of_input(network_.layers[hidden() - 1],
                              static_cast<std::uint32_t>(hidden() - 1), options(true), ld_);
    const Sgd sgd = Optimiser(options(true), kernels_).fused(1e-6F);
    const auto streamed = static_cast<double>(state.inputs * row_);
    const auto weights = static_cast<double>(state.cell_count() * sizeof(float));
    add("multiply output", streamed + weights, kCopy,
        timer_.time([&] { layer.multiply(input.data(), alone_); }));
    add("softmax", 2 * static_cast<double>(state.outputs * row_), kCopy,
        timer_.time([&] { layer.lose(loss, expected, true, alone_); }));
    add("backward output", 2 * streamed + 4 * weights, kCopy, timer_.time([&] {
      layer.backward(input.data(), input_gradient.data(), of_input.view(true, 0), &sgd, alone_);
    }));
  }

  /// The first layer needs no dX.
  void time_backward(std::size_t l, UpdateMode mode) {
    const LayerState& state = network_.layers[l];
    SparseLayer layer(state, kernels_, 1, mode);
    AlignedArray<float> input_gradient(inputs_[l].size());
    const LayerBuffers at = {inputs_[l].data(), nullptr, gradients_[l].data(),
                             l == 0 ? nullptr : input_gradient.data(), ld_};
    std::optional<HiddenActivation> of_input;
    if (l > 0) {
      of_input.emplace(network_.layers[l - 1], static_cast<std::uint32_t>(l - 1), options(true),
                       ld_);
    }
    const Sgd sgd = Optimiser(options(true), kernels_).fused(1e-6F);
    const bool is_fused = mode == UpdateMode::kFused;
    const double bytes = static_cast<double>(state.connections() * (row_ + 20)) +
                         2 * static_cast<double>(state.inputs * row_);
    add(fmt::format("backward {}{}", l + 1, is_fused ? "" : ", gradients kept"), bytes, kNone,
        timer_.time([&] {
          layer.backward(at, of_input ? of_input->view(true, 0) : Activation(),
                         is_fused ? &sgd : nullptr, alone_);
        }));
  }

  /// Of the first layer's weights, without clipping and with it.
  void time_optimiser(const char* name, OptimiserKind kind) {
    const std::size_t count = network_.layers[0].connections();
    BackendOptions with = options(true);
    with.optimiser.kind = kind;
    with.clip_norm = 1;
    Optimiser optimiser(with, kernels_);
    const std::size_t slots = slot_count(kind);
    TrainedArray weights(count, slots, true);
    const std::vector<float> values = noise_values(count, 60);
    std::copy(values.begin(), values.end(), weights.values());
    std::copy(values.begin(), values.end(), weights.gradient());
    optimiser.add(weights, true);
    optimiser.prepare();
    const step::StepRates rates = step::step_rates(with.optimiser, 1e-6F, 1);
    const auto bytes = static_cast<double>(count * sizeof(float));
    if (kind == OptimiserKind::kSgd) {
      add("sum squares 1", bytes, kCopy, timer_.time([&] { optimiser.sum_squares(alone_); }));
    }
    add(fmt::format("optimiser 1, {}", name), bytes * (3 + 2 * static_cast<double>(slots)), kCopy,
        timer_.time([&] { optimiser.apply(rates, alone_); }));
  }

  /// Of the largest hidden layer, by each kind of rule.
  void time_evolution() {
    const auto largest = std::max_element(
        network_.layers.begin(), network_.layers.end() - 1,
        [](const LayerState& a, const LayerState& b) { return a.connections() < b.connections(); });
    const auto index = static_cast<std::size_t>(largest - network_.layers.begin());
    SparseLayer layer(*largest, kernels_, 1, UpdateMode::kFused);
    const Connections before = layer.connections();
    const auto count = static_cast<double>(before.size());
    add("count weights", count * 4, kCopy, timer_.time([&] { layer.measure({}, std::nullopt); }));
    add("count magnitudes", count * 8, kCopy, timer_.time([&] {
      layer.measure({}, MagnitudeDigit{31, 20, 11, 0});
    }));

    EvolutionPlan plan;
    plan.growth.image = InputImage{shape_.image, InputOrder::kHwc};
    plan.layers.resize(index + 1);
    LayerEvolution& planned = plan.layers[index];
    planned.drop = drop_counts(DropRule::kPerSign, layer.count_weights(), 300'000);
    Connections dropping;
    DroppedConnections none;
    add("drop", count * 2 * kBytesPerConnection, kCopy,
        timer_.time([&] { drop_connections(plan.groups, planned, dropping, {}, none); },
                    [&] { dropping = before; }));
    planned.grow = planned.drop.negatives + planned.drop.positives;
    std::vector<SparseLayer*> layers(index + 1);
    layers[index] = &layer;
    ThreadPool pool(1);
    const std::vector<LayerBatch> scored = batches();
    const ScoredBatch batch = {kernels_, scored};
    for (const GrowthRule& rule : growth_rules()) {
      if (rule.by_gradient && !has_dense_products(kernels_)) continue;
      plan.growth.rule = rule;
      add(fmt::format("evolve {}", rule.name), count * 2 * kBytesPerConnection, kCopy,
          timer_.time([&] { evolve_layers(plan, layers, pool, &batch); },
                      [&] { layer.assign(before); }));
    }
    add("rebuild", count * 2 * kBytesPerConnection, kCopy,
        timer_.time([&] { layer.assign(before); }));
  }

  Member alone_;
  CallTimer timer_;
  BenchShape shape_;
  NetworkState network_;
  const Kernels& kernels_ = select_kernels("auto");
  std::uint32_t ld_;
  std::size_t row_;                             // bytes of one row of activations
  std::vector<AlignedArray<float>> inputs_;     // [layer]: [inputs][ld]
  std::vector<AlignedArray<float>> gradients_;  // [layer]: [outputs][ld], of the outputs
  std::vector<PrimitiveTiming> timings_;
};

}  // namespace

std::vector<PrimitiveTiming> bench_primitives(const PrimitiveOptions& options) {
  return PrimitiveBench(options).run();
}

}  // namespace regrow::cpu

// Google Benchmark of every primitive of the CPU back end at the paper's size, on one thread: time,
// GB/s of what the primitive must move (activations once per connection, parameters once) and
// GFLOP/s. Layers 1 to 3 are 3072→4000, 4000→1000 and 1000→4000 at ε = 20, batch 100.
#include <benchmark/benchmark.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "cpu/drop.h"
#include "cpu/evolve.h"
#include "cpu/load_batch.h"
#include "cpu/magnitudes.h"
#include "cpu/output.h"
#include "cpu/sparse_layer.h"
#include "evolution/drop_counts.h"
#include "paper_problem.h"
#include "regrow/step/dropout.h"

namespace regrow::cpu {
namespace {

constexpr std::uint32_t kBatch = 100, kLd = 112;

const NetworkState& network() {
  static const NetworkState paper_net = bench::paper_network();
  return paper_net;
}

// Activations of every layer boundary, and gradients.
struct Buffers {
  explicit Buffers(std::size_t layer)
      : state(network().layers[layer]),
        x(std::size_t{state.inputs} * kLd),
        y(std::size_t{state.outputs} * kLd),
        dx(std::size_t{state.inputs} * kLd),
        dy(std::size_t{state.outputs} * kLd) {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 17) - 8;
    for (std::size_t i = 0; i < dy.size(); ++i) dy[i] = (static_cast<float>(i % 13) - 6) * 1e-3F;
  }
  const LayerState& state;
  AlignedArray<float> x, y, dx, dy;
};

void report(benchmark::State& state, double bytes, double flops) {
  using benchmark::Counter;
  state.counters["GB/s"] = Counter(bytes * 1e-9, Counter::kIsIterationInvariantRate);
  state.counters["GFLOP/s"] = Counter(flops * 1e-9, Counter::kIsIterationInvariantRate);
}

Activation activation(bool dropout) {
  Activation result;
  result.drops = dropout;
  result.threshold = step::dropout_threshold(0.3);
  result.scale = 1 / 0.7F;
  return result;
}

// Argument 0: layer. Argument 1: with dropout.
void forward(benchmark::State& state) {
  Buffers buffers(static_cast<std::size_t>(state.range(0)));
  SparseLayer layer(buffers.state, select_kernels("auto"), 1, UpdateMode::kFused);
  const LayerBuffers at = {buffers.x.data(), buffers.y.data(), nullptr, nullptr, kLd};
  for (auto _ : state) layer.forward(at, activation(state.range(1) != 0), 0);
  const auto connections = static_cast<double>(buffers.state.connections());
  report(state, connections * (kLd * 4 + 12) + buffers.state.outputs * kLd * 4.0,
         2 * connections * kBatch);
}
BENCHMARK(forward)->ArgNames({"layer", "dropout"})->ArgsProduct({{0, 1, 2}, {0, 1}});

// The backward pass with its fused update; the first layer needs no dX.
void backward(benchmark::State& state) {
  const bool first = state.range(0) == 0;
  Buffers buffers(static_cast<std::size_t>(state.range(0)));
  SparseLayer layer(buffers.state, select_kernels("auto"), 1, UpdateMode::kFused);
  ThreadPool pool(1);
  const LayerBuffers at = {buffers.x.data(), nullptr, buffers.dy.data(),
                           first ? nullptr : buffers.dx.data(), kLd};
  const Sgd sgd = {1e-6F, 0.9F, 0, 0.01F};
  for (auto _ : state) layer.backward(at, activation(false), &sgd, 0, pool);
  const auto connections = static_cast<double>(buffers.state.connections());
  report(state, connections * (kLd * 4 + 20) + 2.0 * buffers.state.inputs * kLd * 4,
         (first ? 2 : 4) * connections * kBatch);
}
BENCHMARK(backward)->ArgName("layer")->DenseRange(0, 2);

void output_layer(benchmark::State& state) {
  Buffers buffers(3);
  OutputLayer layer(buffers.state, select_kernels("auto"), 1, kLd, UpdateMode::kFused);
  std::vector<std::uint16_t> labels(kBatch);
  for (std::size_t i = 0; i < kBatch; ++i) labels[i] = static_cast<std::uint16_t>(i % 10);
  const Sgd sgd = {1e-6F, 0.9F, 0, 0.01F};
  const Loss loss({}, {});
  for (auto _ : state) {
    layer.multiply(buffers.x.data(), 0);
    layer.lose(loss, {labels, {}}, true, 0);
    layer.backward(buffers.x.data(), buffers.dx.data(), activation(true), &sgd, 0);
  }
  report(state, 3.0 * buffers.state.inputs * kLd * 4,
         6.0 * static_cast<double>(buffers.state.cell_count()) * kBatch);
}
BENCHMARK(output_layer);

// One batch of images. Argument: augmented.
void load_batch(benchmark::State& state) {
  const auto dataset = bench::paper_dataset(kBatch, 1);
  BatchLoader loader(dataset, select_kernels("auto"), 1, kLd);
  std::vector<const std::uint8_t*> images;
  for (std::size_t i = 0; i < kBatch; ++i) images.push_back(&dataset->train.pixels[i * 3072]);
  AlignedArray<float> input(std::size_t{3072} * kLd);
  const bool augmented = state.range(0) != 0;
  const AugmentationSettings settings = bench::paper_options(true, 1).augmentation;
  for (auto _ : state) {
    loader.read(images, settings, augmented, 0, 0, 0, 0);
    loader.transpose(kBatch, input.data(), 0);
  }
  report(state, 3072.0 * (kBatch + kLd * 12), (augmented ? 11.0 : 2.0) * 3072 * kBatch);
}
BENCHMARK(load_batch)->ArgName("augmented")->DenseRange(0, 1);

Connections connections_of(std::size_t layer) {
  return SparseLayer(network().layers[layer], select_kernels("auto"), 1, UpdateMode::kFused)
      .connections();
}

LayerDrop paper_drop(const std::vector<float>& weights) {
  return drop_counts(DropRule::kPerSign, count_signs(weights), 300'000);
}

// What an evolution is planned from. Argument: with a digit of the magnitudes.
void measure(benchmark::State& state) {
  const auto layer = static_cast<std::size_t>(state.range(0));
  const SparseLayer sparse(network().layers[layer], select_kernels("auto"), 1, UpdateMode::kFused);
  std::optional<MagnitudeDigit> digit;
  if (state.range(1) != 0) digit = MagnitudeDigit{31, 20, 11, 0};
  for (auto _ : state) benchmark::DoNotOptimize(sparse.measure({}, digit));
  report(state, static_cast<double>(network().layers[layer].connections()) * 8, 0);
}
BENCHMARK(measure)->ArgNames({"layer", "digit"})->ArgsProduct({{0, 1, 2}, {0, 1}});

void drop(benchmark::State& state) {
  const auto layer = static_cast<std::size_t>(state.range(0));
  const Connections before = connections_of(layer);
  const LayerEvolution plan = {paper_drop(before.weights), {}, 0};
  for (auto _ : state) {
    Connections connections = before;
    benchmark::DoNotOptimize(drop_connections(DropGroups::kBySign, plan, connections, nullptr));
  }
  report(state, static_cast<double>(before.size()) * 16, 0);
}
BENCHMARK(drop)->ArgName("layer")->DenseRange(0, 2);

// A layer from its weights to the next ones. Argument 0: layer. Argument 1: row of growth_rules().
void evolve(benchmark::State& state) {
  const auto layer = static_cast<std::size_t>(state.range(0));
  SparseLayer sparse(network().layers[layer], select_kernels("auto"), 1, UpdateMode::kFused);
  const Connections before = sparse.connections();
  std::vector<SparseLayer*> layers(layer + 1);
  layers[layer] = &sparse;
  EvolutionPlan plan;
  plan.growth.rule = growth_rules()[static_cast<std::size_t>(state.range(1))];
  plan.growth.image = InputImage{{3, 32, 32}, InputOrder::kHwc};
  plan.layers.resize(layer + 1);
  LayerEvolution& planned = plan.layers[layer];
  planned.drop = paper_drop(before.weights);
  planned.grow = planned.drop.negatives + planned.drop.positives;
  ThreadPool pool(1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(evolve_layers(plan, layers, pool));
    state.PauseTiming();
    sparse.assign(before);
    state.ResumeTiming();
  }
  state.SetLabel(plan.growth.rule.name);
  report(state, static_cast<double>(before.size() + planned.grow) * 16, 0);
}
BENCHMARK(evolve)->ArgNames({"layer", "rule"})->ArgsProduct({{0, 1, 2}, {0, 1, 2, 3}});

void rebuild(benchmark::State& state) {
  const auto layer = static_cast<std::size_t>(state.range(0));
  const Connections connections = connections_of(layer);
  SparseLayer sparse(network().layers[layer], select_kernels("auto"), 1, UpdateMode::kFused);
  for (auto _ : state) sparse.assign(connections);
  report(state, static_cast<double>(connections.size()) * 36, 0);
}
BENCHMARK(rebuild)->ArgName("layer")->DenseRange(0, 2);

void sample_order_of_an_epoch(benchmark::State& state) {
  std::uint32_t epoch = 0;
  for (auto _ : state) benchmark::DoNotOptimize(sample_order(0, epoch++, 50'000));
}
BENCHMARK(sample_order_of_an_epoch);

// A whole training step of 100 images on all cores. Argument: with dropout and augmentation.
void whole_step(benchmark::State& state) {
  static const auto images = bench::paper_dataset(10'000, 1);
  const auto backend = make_backend("cpu", bench::paper_options(state.range(0) != 0, 0));
  backend->attach(images);
  backend->load(network());
  const std::vector<float> rates(1, 0.01F);
  std::uint64_t step = 0;
  for (auto _ : state) backend->train({step++, 1, 100}, rates);
  std::size_t cells = 0;
  for (const LayerState& layer : network().layers) cells += layer.connections();
  const auto connections = static_cast<double>(cells);
  report(state, 3 * connections * kLd * 4, 6 * connections * kBatch);
}
BENCHMARK(whole_step)->ArgName("full")->DenseRange(0, 1)->UseRealTime();

}  // namespace
}  // namespace regrow::cpu

BENCHMARK_MAIN();

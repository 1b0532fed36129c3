// Counted as the parts of the program say beside the code that allocates.
#include "memory/run_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "backend/backend_memory.h"
#include "regrow/error.h"
#include "regrow/evolution/evolution_state.h"
#include "regrow/evolution/method.h"
#include "regrow/topology.h"
#include "system/size_text.h"

namespace regrow {
namespace {

/// The program, its libraries, and what is too small to be named.
constexpr std::uint64_t kProgramBytes = std::uint64_t{16} << 20;

/// Copies of the network while an epoch is handed over: the state and the best network that the
/// recorder holds, and those that come. Of a network that does not evolve the new ones are one.
struct Copies {
  std::uint64_t while_evolving = 0;
  std::uint64_t most = 1;
};

bool evolves(const Config& config) { return method_row(config.method).evolves; }

Copies copies_in_training(const Config& config) {
  return evolves(config) ? Copies{3, 4} : Copies{0, 3};
}

/// The lists of cells that TopologyMonitor keeps, the one it makes, and a layer's degrees.
std::uint64_t measuring_bytes(const LayerPlan& layer) {
  return 3 * layer.connections * sizeof(std::uint64_t) +
         (std::uint64_t{layer.inputs} + layer.outputs) * sizeof(std::uint32_t) +
         explored_bytes(layer.cell_count());
}

std::string layer_text(std::span<const LayerPlan> layers, std::size_t l) {
  const LayerPlan& layer = layers[l];
  const std::string shape = fmt::format("{} x {}", grouped(layer.inputs), grouped(layer.outputs));
  if (layer.kind == LayerKind::kDense) {
    return fmt::format("layer {}: all {} connections of {}", l, grouped(layer.connections), shape);
  }
  return fmt::format("layer {}: {} connections in {}", l, grouped(layer.connections), shape);
}

std::string layer_remedy(const Config& config, const LayerPlan& layer, bool is_output) {
  if (layer.kind == LayerKind::kDense) {
    return is_output ? "lower the last width of --hidden"
                     : "lower --hidden, or choose a sparse --method";
  }
  const char* const count = !config.connections.empty() ? "--connections"
                            : config.density > 0        ? "--density"
                                                        : "--epsilon";
  // Few connections a neuron: then the neurons are what counts.
  const bool is_thin = layer.connections < 4 * (std::uint64_t{layer.inputs} + layer.outputs);
  return fmt::format("lower --hidden{}", is_thin ? "" : fmt::format(" or {}", count));
}

MemoryPart data_part(const Config& config, const DataSize& data) {
  const bool is_synthetic = config.dataset == DatasetName::kSynthetic;
  std::string what = fmt::format("{} samples of {} {}values", grouped(data.train + data.test),
                                 grouped(data.shape.features()), is_synthetic ? "synthetic " : "");
  if (data.kind == FeatureKind::kSparse) {
    what += fmt::format(", {} of them stored", grouped(data.stored));
  }
  return {std::move(what), data.bytes(),
          is_synthetic ? "lower --synthetic-train, --synthetic-test or --synthetic-features"
                       : "use a machine with more memory"};
}

void add_parts(MemoryNeed& need, const Config& config, const DataSize& data,
               const cpu::CpuMemory& backend, std::uint32_t batch_count) {
  need.parts.push_back({fmt::format("a batch of {} samples", grouped(batch_count)), backend.batch,
                        batch_count > 16 ? "lower --batch" : "lower --hidden"});
  MemoryPart part = data_part(config, data);
  part.bytes += backend.samples;
  need.parts.push_back(std::move(part));
  const char* const more_memory = "use a machine with more memory";
  // Blocks that are freed leave gaps, which the allocator keeps.
  const std::uint64_t gaps = need.bytes() / 10;
  need.parts.push_back({"the allocator's allowance of 10 %", gaps, more_memory});
  need.parts.push_back({"the program", kProgramBytes, more_memory});
}

/// By which factor a schedule of the density changes the number of connections in the end.
double change_of_density(const Config& config, std::span<const LayerPlan> layers) {
  if (!evolves(config) || config.density_schedule == Curve::kConstant) return 1;
  double connections = 0, cells = 0;
  for (const LayerPlan& layer : layers) {
    if (layer.kind == LayerKind::kDense) continue;
    connections += static_cast<double>(layer.connections);
    cells += static_cast<double>(layer.cell_count());
  }
  return connections > 0 ? config.final_density * cells / connections : 1;
}

/// What its evolutions do at most: one may drop all that a falling density ever takes away.
cpu::EvolutionSize evolution_of(const Config& config, double change) {
  if (!evolves(config)) return {};
  const bool changes = config.zeta_schedule != Curve::kConstant;
  const std::int64_t last = changes ? config.final_zeta_millionths : 0;
  const double zeta = static_cast<double>(std::max(config.zeta_millionths, last)) / 1e6;
  return {&config.grow, std::max(zeta, 1 - change), config.candidates, config.candidate_ratio};
}

std::vector<LayerPlan> first_layers(const Config& config, const DataSize& data) {
  return plan_network(config, network_start(config, data.shape.features(), data.classes));
}

/// The layers when they have the most connections that a schedule of the density gives them.
std::vector<LayerPlan> fullest(std::span<const LayerPlan> layers, double change) {
  std::vector<LayerPlan> full(layers.begin(), layers.end());
  for (LayerPlan& layer : full) {
    if (layer.kind == LayerKind::kDense) continue;
    const double most = static_cast<double>(layer.connections) * std::max(1.0, change);
    layer.connections = std::min(static_cast<std::uint64_t>(most), layer.cell_count());
  }
  return full;
}

/// The cells of connections that have grown, while a grace keeps them with their ages, and then
/// until the next drop: in every copy of a run's state, in what is asked of the back end, in what
/// it is told, and in its report.
std::uint64_t grown_bytes(const Config& config, const LayerPlan& layer, double dropped,
                          const Copies& copies) {
  if (!evolves(config) || layer.kind == LayerKind::kDense) return 0;
  const double grown = static_cast<double>(layer.connections) * dropped;
  const double young =
      std::min(static_cast<double>(config.grace) * grown, static_cast<double>(layer.connections));
  constexpr std::uint64_t kCell = sizeof(CellList::value_type);
  constexpr std::uint64_t kAge = sizeof(decltype(YoungConnections::born_in)::value_type);
  return static_cast<std::uint64_t>(young) * (copies.most * (kCell + kAge) + 2 * kCell) +
         static_cast<std::uint64_t>(grown) * (copies.most + 2) * kCell;
}

/// The strengths of a layer's neurons, and the running sums that candidates are drawn by.
std::uint64_t strength_bytes(const Config& config, const LayerPlan& layer) {
  const bool has_strengths = evolves(config) && config.grow.by_gradient &&
                             draws_by_strength(config.candidates) &&
                             layer.kind == LayerKind::kSparse;
  const std::uint64_t neurons = std::uint64_t{layer.inputs} + layer.outputs;
  return has_strengths ? neurons * (sizeof(double) + sizeof(std::uint64_t)) : 0;
}

cpu::InputSize input_of(const DataSize& data) {
  return {data.shape, data.kind, std::max(data.train, data.test), data.has_targets};
}

MemoryNeed memory_with(const Copies& copies, const Config& config, const DataSize& data,
                       std::span<const LayerPlan> initial) {
  const double change = change_of_density(config, initial);
  const std::vector<LayerPlan> layers = fullest(initial, change);
  const cpu::EvolutionSize evolution = evolution_of(config, change);
  const cpu::CpuMemory backend =
      backend_memory(config.device, layers, input_of(data), backend_options(config), evolution);
  const std::size_t slots = slot_count(config.optimiser);
  MemoryNeed need;
  std::uint64_t network = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const bool is_output = l + 1 == layers.size();
    const bool is_measured = config.topology && layers[l].kind == LayerKind::kSparse;
    network += state_bytes(layers[l], slots);
    need.parts.push_back({layer_text(layers, l),
                          backend.layers[l] + copies.most * state_bytes(layers[l], slots) +
                              grown_bytes(config, layers[l], evolution.dropped, copies) +
                              strength_bytes(config, layers[l]) +
                              (is_measured ? measuring_bytes(layers[l]) : 0),
                          layer_remedy(config, layers[l], is_output)});
  }
  // While connections drop and grow the last of the copies is not there yet.
  const std::uint64_t later = (copies.most - copies.while_evolving) * network;
  const std::uint64_t evolving = backend.evolution > later ? backend.evolution - later : 0;
  need.parts.push_back({"dropping and growing connections", std::max(evolving, backend.snapshot),
                        largest_of(need).remedy});
  add_parts(need, config, data, backend, static_cast<std::uint32_t>(config.batch));
  return need;
}

}  // namespace

std::uint64_t DataSize::bytes() const {
  const std::uint64_t features = shape.features(), samples = train + test;
  // What each feature takes of statistics: their results, twice, or once beside what is summed up.
  const std::uint64_t results = 2 * sizeof(double);
  std::uint64_t values = samples * features, sums = 2 * sizeof(std::uint64_t);
  if (kind == FeatureKind::kFloats) values *= sizeof(float);
  if (kind == FeatureKind::kSparse) {
    values = stored * (sizeof(std::uint32_t) + sizeof(float)) + (samples + 2) * sizeof(stored);
  }
  if (kind != FeatureKind::kBytes) sums = 4 * sizeof(double);
  const std::uint64_t target_bytes = has_targets ? classes * sizeof(float) : 0;
  return values + samples * (sizeof(std::uint16_t) + target_bytes) + train * sizeof(std::uint32_t) +
         features * (results + std::max(results, sums));
}

DataSize size_of(const Dataset& dataset) {
  DataSize size = {dataset.shape,       dataset.classes(),     dataset.train.size(),
                   dataset.test.size(), dataset.has_targets(), kind_of(dataset)};
  if (size.kind == FeatureKind::kSparse) {
    size.stored = stored_values(dataset.train.features) + stored_values(dataset.test.features);
  }
  return size;
}

DataSize expected_data(const Config& config) {
  switch (config.dataset) {
    case DatasetName::kCifar10:
      return {{3, 32, 32}, 10, 50000, 10000};
    case DatasetName::kCifar100:
      return {{3, 32, 32}, 100, 50000, 10000};
    case DatasetName::kFashionMnist:
    case DatasetName::kMnist:
      return {{1, 28, 28}, 10, 60000, 10000};
    case DatasetName::kSynthetic:
      break;
    case DatasetName::kCustom:
      REGROW_CHECK(false, "a user's own files are measured when they are read");
  }
  return {{1, 1, static_cast<std::uint32_t>(config.synthetic_features)},
          static_cast<std::uint32_t>(config.synthetic_classes),
          static_cast<std::uint64_t>(config.synthetic_train),
          static_cast<std::uint64_t>(config.synthetic_test),
          config.synthetic_kind == SyntheticKind::kRegression};
}

MemoryNeed training_memory(const Config& config, const DataSize& data,
                           std::span<const LayerPlan> layers) {
  return memory_with(copies_in_training(config), config, data, layers);
}

MemoryNeed training_memory(const Config& config, const DataSize& data) {
  return training_memory(config, data, first_layers(config, data));
}

MemoryNeed benchmark_memory(const Config& config, const DataSize& data) {
  Config unrecorded = config;
  unrecorded.topology = false;
  return memory_with({.while_evolving = 1, .most = 1}, unrecorded, data,
                     first_layers(config, data));
}

MemoryNeed evaluation_memory(const Config& config, const DataSize& data,
                             std::span<const LayerPlan> given, std::uint64_t samples, bool pruned) {
  std::vector<LayerPlan> layers(given.begin(), given.end());
  cpu::EvolutionSize evolution;  // nothing grows
  const GrowthRule none;
  if (pruned) {
    for (std::size_t l = 0; l + 1 < layers.size(); ++l) layers[l].kind = LayerKind::kSparse;
    evolution.rule = &none;
  }
  const cpu::CpuMemory backend =
      backend_memory(config.device, layers, input_of(data), backend_options(config), evolution);
  const std::size_t slots = slot_count(config.optimiser);
  MemoryNeed need;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    need.parts.push_back({layer_text(layers, l), backend.layers[l] + state_bytes(layers[l], slots),
                          "evaluate it on a machine with more memory"});
  }
  need.parts.push_back({fmt::format("the outputs of {} samples", grouped(samples)),
                        samples * data.classes * sizeof(float),
                        "evaluate it on a machine with more memory"});
  if (pruned) {
    need.parts.push_back({"deleting connections", backend.evolution, "leave --prune out"});
  }
  add_parts(need, config, data, backend, static_cast<std::uint32_t>(config.batch));
  return need;
}

}  // namespace regrow

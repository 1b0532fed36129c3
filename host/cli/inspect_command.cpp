// regrow inspect: what is in a checkpoint. Layers, connections, degrees, weights, cost.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <span>

#include "cli/commands.h"
#include "cli/one_line.h"
#include "cli/text_table.h"
#include "regrow/checkpoint.h"
#include "regrow/topology.h"

namespace regrow {
namespace {

/// Minimum, mean, maximum and (population) standard deviation.
struct Spread {
  double minimum = 0;
  double mean = 0;
  double maximum = 0;
  double deviation = 0;
};

template <typename Number>
Spread spread_of(std::span<const Number> values) {
  if (values.empty()) return {};
  Spread spread;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  spread.minimum = static_cast<double>(*least);
  spread.maximum = static_cast<double>(*most);
  const auto count = static_cast<double>(values.size());
  for (const Number value : values) spread.mean += static_cast<double>(value) / count;
  for (const Number value : values) {
    const double difference = static_cast<double>(value) - spread.mean;
    spread.deviation += difference * difference / count;
  }
  spread.deviation = std::sqrt(spread.deviation);
  return spread;
}

std::string degree_text(std::span<const std::uint32_t> degrees) {
  const Spread spread = spread_of(degrees);
  return fmt::format("{}/{:.1f}/{}/{:.1f}", spread.minimum, spread.mean, spread.maximum,
                     spread.deviation);
}

/// Layer l's neurons (its outputs) without incoming, or without outgoing, connections.
std::string dead_text(std::span<const Degrees> degrees, std::size_t l) {
  if (l + 1 == degrees.size()) return "-";
  return std::to_string(dead_neurons(degrees[l], degrees[l + 1]));
}

/// Multiplications and additions: forward 2 a connection; training adds 2 for its gradient and,
/// but for the first layer, 2 to pass the error back.
std::string flops_text(std::span<const std::uint64_t> connections) {
  std::uint64_t forward = 0;
  for (const std::uint64_t count : connections) forward += 2 * count;
  return fmt::format("{} forward, {} training", forward, 3 * forward - 2 * connections.front());
}

}  // namespace

int inspect_command(const std::string& path) {
  const Checkpoint checkpoint = read_checkpoint(path);
  const std::vector<LayerState>& layers = checkpoint.network.layers;
  const Config& config = checkpoint.config;
  std::cout << fmt::format(
      "{}: {} on {}, seed {}, {} of {} epochs{}, computed by {} ({})\n", one_line(path),
      name_of(config.method), name_of(config.dataset), config.seed, checkpoint.progress.epoch,
      config.epochs,
      checkpoint.progress.step > 0 ? fmt::format(" and {} steps", checkpoint.progress.step) : "",
      one_line(checkpoint.device), one_line(checkpoint.instruction_set));

  std::vector<Degrees> degrees;
  std::vector<std::uint64_t> sparse, dense;
  for (const LayerState& layer : layers) {
    degrees.push_back(degrees_of(layer));
    sparse.push_back(layer.connections());
    dense.push_back(layer.cell_count());
  }
  TextTable table;
  table.header = {"layer",      "kind",        "inputs", "outputs",  "connections", "density",
                  "in-degree*", "out-degree*", "dead",   "weights*", "biases"};
  table.left_aligned = 2;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const LayerState& layer = layers[l];
    const Spread weights = spread_of(std::span<const double>(layer.weights));
    const Spread biases = spread_of(std::span<const double>(layer.biases));
    table.rows.push_back(
        {std::to_string(l), layer.kind == LayerKind::kSparse ? "sparse" : "dense",
         std::to_string(layer.inputs), std::to_string(layer.outputs),
         std::to_string(layer.connections()),
         fmt::format("{:.4f}", static_cast<double>(sparse[l]) / static_cast<double>(dense[l])),
         degree_text(degrees[l].in), degree_text(degrees[l].out), dead_text(degrees, l),
         fmt::format("{:.3g}/{:.3g}/{:.3g}/{:.3g}", weights.minimum, weights.mean, weights.maximum,
                     weights.deviation),
         fmt::format("{:.3g} to {:.3g}", biases.minimum, biases.maximum)});
  }
  std::cout << as_text(table)
            << "* minimum/mean/maximum/standard deviation. dead: neurons of the layer's output "
               "without incoming or without outgoing connections\n"
            << fmt::format("connections of the hidden layers: {}\n",
                           hidden_connections(checkpoint.network))
            << fmt::format("FLOPs per sample: {} (dense: {})\n", flops_text(sparse),
                           flops_text(dense));
  return 0;
}

}  // namespace regrow

// regrow inspect: what is in a checkpoint. Layers, connections, degrees, weights, cost.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/one_line.h"
#include "cli/commands.h"
#include "cli/opened_checkpoint.h"
#include "cli/table/fitted_table.h"
#include "cli/terminal/terminal.h"
#include "cli/terminal/text_layout.h"
#include "config/check_training.h"
#include "io/checkpoint_metadata.h"
#include "regrow/parts.h"
#include "regrow/topology.h"

namespace regrow {
namespace {

using Json = nlohmann::ordered_json;

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

constexpr const char* kSpread = "* minimum/mean/maximum/standard deviation";

std::string degree_text(const Spread& spread) {
  return fmt::format("{}/{:.1f}/{}/{:.1f}", spread.minimum, spread.mean, spread.maximum,
                     spread.deviation);
}

std::string weight_text(const Spread& spread) {
  return fmt::format("{:.3g}/{:.3g}/{:.3g}/{:.3g}", spread.minimum, spread.mean, spread.maximum,
                     spread.deviation);
}

Json to_json(const Spread& spread) {
  return {{"minimum", spread.minimum},
          {"mean", spread.mean},
          {"maximum", spread.maximum},
          {"standard_deviation", spread.deviation}};
}

/// Multiplications and additions of a sample.
struct Flops {
  std::uint64_t forward = 0;
  std::uint64_t training = 0;
};

/// Forward 2 a connection; training adds 2 for its gradient and, but for the first layer, 2 to pass
/// the error back.
Flops flops_of(std::span<const std::uint64_t> connections) {
  Flops flops;
  for (const std::uint64_t count : connections) flops.forward += 2 * count;
  flops.training = 3 * flops.forward - 2 * connections.front();
  return flops;
}

struct LayerReport {
  const char* kind = "";
  std::uint64_t inputs = 0;
  std::uint64_t outputs = 0;
  std::uint64_t connections = 0;
  double density = 0;
  Spread in_degree;
  Spread out_degree;
  std::optional<std::uint64_t> dead;  // of the output layer there is no next one to tell
  Spread weights;
  Spread biases;
  std::string activation;                               // "" of the output layer
  std::vector<std::pair<std::string, Spread>> learned;  // by the activation, over its neurons
};

struct NetworkReport {
  std::vector<LayerReport> layers;
  std::uint64_t hidden_connections = 0;
  Flops flops;
  Flops dense_flops;
};

NetworkReport report_on(const NetworkState& network) {
  NetworkReport report;
  std::vector<Degrees> degrees;
  std::vector<std::uint64_t> connections, cells;
  for (const LayerState& layer : network.layers) {
    degrees.push_back(degrees_of(layer));
    connections.push_back(layer.connections());
    cells.push_back(layer.cell_count());
  }
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    const LayerState& layer = network.layers[l];
    LayerReport& of_layer = report.layers.emplace_back();
    of_layer.kind = layer.kind == LayerKind::kSparse ? "sparse" : "dense";
    of_layer.inputs = layer.inputs;
    of_layer.outputs = layer.outputs;
    of_layer.connections = connections[l];
    of_layer.density = static_cast<double>(connections[l]) / static_cast<double>(cells[l]);
    of_layer.in_degree = spread_of(std::span<const std::uint32_t>(degrees[l].in));
    of_layer.out_degree = spread_of(std::span<const std::uint32_t>(degrees[l].out));
    if (l + 1 < degrees.size()) of_layer.dead = dead_neurons(degrees[l], degrees[l + 1]);
    of_layer.weights = spread_of(std::span<const double>(layer.weights.values));
    of_layer.biases = spread_of(std::span<const double>(layer.biases.values));
    if (l + 1 == network.layers.size()) continue;
    of_layer.activation = name_of(layer.activation);
    const auto names = parameter_names(layer.activation);
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::vector<double>& values = layer.activation_parameters[i].values;
      of_layer.learned.emplace_back(names[i], spread_of(std::span<const double>(values)));
    }
  }
  report.hidden_connections = hidden_connections(network);
  report.flops = flops_of(connections);
  report.dense_flops = flops_of(cells);
  return report;
}

/// What it was trained on.
Json data_json(const Checkpoint& checkpoint) {
  Json columns = Json::array();
  for (const DataColumn& column : checkpoint.schema.columns) {
    columns.push_back({{"name", column.name}, {"categories", column.categories}});
  }
  const ImageShape& shape = checkpoint.shape;
  return {{"is_image", checkpoint.schema.is_image},
          {"shape", {shape.channels, shape.height, shape.width}},
          {"label", checkpoint.schema.label},
          {"columns", std::move(columns)},
          {"train_samples", checkpoint.data.train_samples},
          {"test_samples", checkpoint.data.test_samples}};
}

/// "classes: 0 cat, 1 dog": as predictions number them.
std::string outputs_line(const Checkpoint& checkpoint) {
  constexpr std::size_t kShown = 20;
  std::string line = predicts_numbers(checkpoint.config) ? "predicts: " : "classes: ";
  for (std::size_t c = 0; c < std::min(kShown, checkpoint.class_names.size()); ++c) {
    line += fmt::format("{}{} {}", c > 0 ? ", " : "", c, one_line(checkpoint.class_names[c]));
  }
  return line + (checkpoint.class_names.size() > kShown ? ", …; all with --format json" : "");
}

std::string as_json(const OpenedCheckpoint& opened, const NetworkReport& report) {
  const Checkpoint& checkpoint = opened.checkpoint;
  const Config& config = checkpoint.config;
  const auto flops = [](const Flops& of) {
    return Json{{"forward", of.forward}, {"training", of.training}};
  };
  Json document = {{"checkpoint", opened.name},
                   {"method", name_of(config.method)},
                   {"dataset", checkpoint.data_name},
                   {"data", data_json(checkpoint)},
                   {"classes", checkpoint.class_names},
                   {"seed", config.seed},
                   {"epochs_done", checkpoint.progress.epoch},
                   {"steps_done", checkpoint.progress.step},
                   {"epochs", config.epochs},
                   {"device", checkpoint.device},
                   {"instruction_set", checkpoint.instruction_set},
                   {"computed_by", to_json(checkpoint.computed_by)},
                   {"initial_network", checkpoint.initial_digest},
                   {"sparse_connections", report.hidden_connections},
                   {"output_connections", report.layers.back().connections},
                   {"flops_per_sample", flops(report.flops)},
                   {"flops_per_sample_if_dense", flops(report.dense_flops)},
                   {"layers", Json::array()}};
  for (std::size_t l = 0; l < report.layers.size(); ++l) {
    const LayerReport& layer = report.layers[l];
    document["layers"].push_back(
        {{"layer", l},
         {"kind", layer.kind},
         {"inputs", layer.inputs},
         {"outputs", layer.outputs},
         {"connections", layer.connections},
         {"density", layer.density},
         {"in_degree", to_json(layer.in_degree)},
         {"out_degree", to_json(layer.out_degree)},
         {"dead", layer.dead ? Json(*layer.dead) : Json()},
         {"weights", to_json(layer.weights)},
         {"biases", {{"minimum", layer.biases.minimum}, {"maximum", layer.biases.maximum}}}});
    if (layer.activation.empty()) continue;
    document["layers"].back()["activation"] = layer.activation;
    for (const auto& [name, spread] : layer.learned) {
      document["layers"].back()["learned"][name] = to_json(spread);
    }
  }
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

TextTable layer_table(const NetworkReport& report) {
  TextTable table;
  table.header = {"layer",      "kind",        "inputs", "outputs",  "connections", "density",
                  "in-degree*", "out-degree*", "dead",   "weights*", "biases",      "activation"};
  table.left_aligned = 2;
  table.ranks.assign(table.header.size(), kNeeded);
  table.ranks[0] = table.ranks[1] = kKey;
  for (std::size_t l = 0; l < report.layers.size(); ++l) {
    const LayerReport& layer = report.layers[l];
    table.rows.push_back(
        {std::to_string(l), layer.kind, std::to_string(layer.inputs), std::to_string(layer.outputs),
         std::to_string(layer.connections), fmt::format("{:.4f}", layer.density),
         degree_text(layer.in_degree), degree_text(layer.out_degree),
         layer.dead ? std::to_string(*layer.dead) : "-", weight_text(layer.weights),
         fmt::format("{:.3g} to {:.3g}", layer.biases.minimum, layer.biases.maximum),
         layer.activation.empty() ? "-" : layer.activation});
  }
  return table;
}

/// "layer 0, srelu: t_left 0/0.1/0.4/0.05, …", of each layer whose activation learns.
std::vector<std::string> learned_lines(const NetworkReport& report) {
  std::vector<std::string> lines;
  for (std::size_t l = 0; l < report.layers.size(); ++l) {
    std::string line;
    for (const auto& [name, spread] : report.layers[l].learned) {
      line += fmt::format("{} {} {}", line.empty() ? ":" : ",", name, weight_text(spread));
    }
    if (line.empty()) continue;
    lines.push_back(fmt::format("layer {}, {}{}", l, report.layers[l].activation, line));
  }
  return lines;
}

/// "cuda (sm_90), from epoch 5 on cpu (avx512)". A number of an epoch counts from 1.
std::string computers_of(const Checkpoint& checkpoint) {
  const auto say = [](const std::string& device, const std::string& instruction_set) {
    return fmt::format("{} ({})", one_line(device), one_line(instruction_set));
  };
  if (checkpoint.computed_by.empty()) return say(checkpoint.device, checkpoint.instruction_set);
  std::string text;
  for (const ComputedBy& one : checkpoint.computed_by) {
    if (!text.empty()) {
      text += fmt::format(", from epoch {}{} on ", std::int64_t{one.epoch} + 1,
                          one.step > 0 ? fmt::format(" after {} steps", one.step) : "");
    }
    text += say(one.device, one.instruction_set);
  }
  return text;
}

std::string as_text(const OpenedCheckpoint& opened, const NetworkReport& report,
                    std::optional<std::size_t> columns) {
  const Checkpoint& checkpoint = opened.checkpoint;
  const Config& config = checkpoint.config;
  const auto flops = [](const Flops& of) {
    return fmt::format("{} forward, {} training", of.forward, of.training);
  };
  const std::string steps =
      checkpoint.progress.step > 0 ? fmt::format(" and {} steps", checkpoint.progress.step) : "";
  const std::string title =
      fmt::format("{}: {} on {}, seed {}, {} of {} epochs{}, computed by {}", one_line(opened.name),
                  name_of(config.method), one_line(checkpoint.data_name), config.seed,
                  checkpoint.progress.epoch, config.epochs, steps, computers_of(checkpoint)) +
      (checkpoint.initial_digest.empty() ? "" : ", started from a given network");
  std::string text = fitted_paragraph(title, columns) + fitted(layer_table(report), columns).text;
  for (const std::string& line : learned_lines(report)) text += fitted_paragraph(line, columns);
  text += fitted_paragraph(outputs_line(checkpoint), columns);
  for (const std::string& note :
       {fmt::format("{}. dead: neurons of the layer's output without incoming or without outgoing "
                    "connections",
                    kSpread),
        fmt::format("connections (sparse layers): {} + {} of the dense output layer",
                    report.hidden_connections, report.layers.back().connections),
        fmt::format("FLOPs per sample: {} (dense: {})", flops(report.flops),
                    flops(report.dense_flops))}) {
    text += fitted_paragraph(note, columns);
  }
  return text;
}

}  // namespace

int inspect_command(const InspectOptions& options) {
  const OpenedCheckpoint opened = open_checkpoint(options.checkpoint, "last.safetensors");
  const NetworkReport report = report_on(opened.checkpoint.network);
  std::cout << (options.format == "json" ? as_json(opened, report)
                                         : as_text(opened, report, terminal_columns(1)));
  return 0;
}

}  // namespace regrow

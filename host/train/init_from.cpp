// What becomes of a checkpoint's network as the start of another run.
#include "regrow/init_from.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <numeric>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "regrow/checkpoint.h"
#include "regrow/error.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

/// The settings that config.connections beside them decide.
constexpr std::array<std::string_view, 6> kOfNetwork = {
    "input_order", "hidden", "epsilon", "density", "connections", "leaky_slope"};

fs::path checkpoint_at(const std::string& place) {
  std::error_code error;
  if (!fs::is_directory(place, error)) return place;
  fs::path best = fs::path(place) / "best.safetensors";
  if (fs::exists(best, error)) return best;
  throw Error(
      fmt::format("init_from: {}: holds no best.safetensors; give a checkpoint, or the folder of a "
                  "run that has "
                  "trained an epoch",
                  place));
}

void make_dense(LayerState& layer) {
  std::vector<double> weights(layer.cell_count());
  for (std::size_t i = 0; i < layer.cells.size(); ++i) weights[layer.cells[i]] = layer.weights[i];
  layer.weights = std::move(weights);
  layer.cells.clear();
  layer.kind = LayerKind::kDense;
}

void make_sparse(LayerState& layer) {
  layer.cells.resize(layer.cell_count());
  std::iota(layer.cells.begin(), layer.cells.end(), std::uint64_t{0});
  layer.kind = LayerKind::kSparse;
}

}  // namespace

bool is_of_network(const std::string& key) {
  return std::find(kOfNetwork.begin(), kOfNetwork.end(), key) != kOfNetwork.end();
}

GivenNetwork adopt_network(Config& config) {
  const fs::path file = checkpoint_at(config.init_from);
  Checkpoint checkpoint = read_checkpoint(file);
  const std::vector<LayerState>& layers = checkpoint.network.layers;
  config.hidden.clear();
  config.connections.clear();
  for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
    config.hidden.push_back(layers[l].outputs);
    if (config.method == Method::kDense) continue;
    config.connections.push_back(static_cast<std::int64_t>(layers[l].connections()));
  }
  config.density = config.epsilon = 0;
  config.leaky_slope = checkpoint.config.leaky_slope;
  config.input_order = checkpoint.config.input_order;
  return {.file = file.string(),
          .network = std::move(checkpoint.network),
          .shape = checkpoint.shape,
          .classes = static_cast<std::uint32_t>(checkpoint.class_names.size())};
}

NetworkState as_initial(NetworkState network, Method method, Precision precision) {
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    LayerState& layer = network.layers[l];
    const bool is_hidden = l + 1 < network.layers.size();
    const bool is_sparse = layer.kind == LayerKind::kSparse;
    if (is_hidden && is_sparse && method == Method::kDense) make_dense(layer);
    if (is_hidden && !is_sparse && method != Method::kDense) make_sparse(layer);
    layer.budget = layer.connections();
    layer.momentum.assign(layer.weights.size(), 0.0);
    layer.bias_momentum.assign(layer.outputs, 0.0);
  }
  convert(network, precision);
  return network;
}

}  // namespace regrow

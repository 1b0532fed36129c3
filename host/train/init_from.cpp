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

#include "base/read_failure.h"
#include "regrow/checkpoint.h"
#include "regrow/error.h"
#include "train/recovery.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 7> kOfNetwork = {
    "input_order", "hidden", "epsilon", "density", "connections", "activation", "leaky_slope"};

fs::path checkpoint_at(const std::string& place) {
  std::error_code error;
  if (!fs::is_directory(place, error)) return place;
  fs::path best = fs::path(place) / "best.safetensors";
  if (fs::exists(best, error)) return best;
  throw Error(
      fmt::format("init_from: {}: holds no best.safetensors; give a checkpoint, or the folder of a "
                  "run that has trained an epoch",
                  place));
}

/// With the setting before its line, and a remedy for who does not go on with that run.
Checkpoint read_given(const fs::path& file) {
  try {
    return read_checkpoint(file);
  } catch (const UnreadableError& error) {
    throw UnreadableError(fmt::format("init_from: {}", error.what()));
  } catch (const Error& error) {
    throw Error(fmt::format("init_from: {}; give a checkpoint that is whole, or another run",
                            without_remedy(error.what())));
  }
}

void make_dense(LayerState& layer) {
  std::vector<double> weights(layer.cell_count());
  for (std::size_t i = 0; i < layer.cells.size(); ++i) {
    weights[layer.cells[i]] = layer.weights.values[i];
  }
  layer.weights.values = std::move(weights);
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
  Checkpoint checkpoint = read_given(file);
  const std::vector<LayerState>& layers = checkpoint.network.layers;
  config.hidden.clear();
  std::vector<std::int64_t> connections;
  for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
    config.hidden.push_back(layers[l].outputs);
    connections.push_back(static_cast<std::int64_t>(layers[l].connections()));
  }
  if (config.method != Method::kDense) {  // which has all, and where no count can be given
    config.connections = std::move(connections);
    config.density = config.epsilon = 0;
  }
  config.activation = checkpoint.config.activation;
  config.leaky_slope = checkpoint.config.leaky_slope;
  config.input_order = checkpoint.config.input_order;
  return {.file = file.string(),
          .network = std::move(checkpoint.network),
          .shape = checkpoint.shape,
          .classes = static_cast<std::uint32_t>(checkpoint.class_names.size())};
}

std::string inputs_and_classes(const ImageShape& shape, std::size_t classes) {
  return fmt::format("{}x{}x{} inputs and {} classes", shape.channels, shape.height, shape.width,
                     classes);
}

void require_fit(const GivenNetwork& given, const ImageShape& shape, std::uint32_t classes,
                 const std::string& dataset) {
  if (given.shape == shape && given.classes == classes) return;
  throw Error(fmt::format(
      "init_from: {}: its network takes {}, but {} has {}; give another --dataset, or another "
      "checkpoint",
      given.file, inputs_and_classes(given.shape, given.classes), dataset,
      inputs_and_classes(shape, classes)));
}

NetworkState as_initial(NetworkState network, Method method, std::size_t slots,
                        Precision precision) {
  for (std::size_t l = 0; l < network.layers.size(); ++l) {
    LayerState& layer = network.layers[l];
    const bool is_hidden = l + 1 < network.layers.size();
    const bool is_sparse = layer.kind == LayerKind::kSparse;
    if (is_hidden && is_sparse && method == Method::kDense) make_dense(layer);
    if (is_hidden && !is_sparse && method != Method::kDense) make_sparse(layer);
    layer.budget = layer.connections();
    for (Parameter* parameter : parameters_of(layer)) {
      *parameter = Parameter(std::move(parameter->values), slots);
    }
  }
  convert(network, precision);
  return network;
}

}  // namespace regrow

// Checkpoints: the network's arrays as tensors, everything else as metadata. What does not add up
// is refused on reading, and never written.
#include "regrow/checkpoint.h"

#include <fmt/format.h>

#include <span>
#include <tuple>
#include <utility>

#include "base/read_failure.h"
#include "io/checkpoint_fit.h"
#include "io/checkpoint_metadata.h"
#include "io/folder.h"
#include "io/safetensors.h"
#include "regrow/divergence.h"
#include "regrow/error.h"

namespace regrow {
namespace {

std::string tensor_name(std::size_t layer, const std::string& part) {
  return fmt::format("layers.{}.{}", layer, part);
}

Dtype dtype_of(Precision precision) {
  return precision == Precision::kFloat32 ? Dtype::kF32 : Dtype::kF64;
}

/// "momentum" of weights, "bias_momentum" of biases.
std::string slot_name(const std::string& parameter, const char* slot) {
  return parameter == "weight" ? slot : parameter + "_" + slot;
}

/// Calls body(name, parameter, shape) for each of a layer's parameters. `connections` are those of
/// the layer, which may not have its arrays yet.
template <typename Layer, typename Body>
void for_each_parameter(Layer& layer, std::uint64_t connections, const Body& body) {
  const std::vector<std::uint64_t> outputs = {layer.outputs};
  body("weight", layer.weights, weight_shape(layer, connections));
  body("bias", layer.biases, outputs);
  for (std::size_t p = 0; p < layer.activation_parameters.size(); ++p) {
    body(parameter_names(layer.activation)[p], layer.activation_parameters[p], outputs);
  }
}

void append_layer(std::vector<TensorView>& tensors, std::size_t index, const LayerState& layer,
                  Dtype dtype, OptimiserKind optimiser) {
  if (layer.kind == LayerKind::kSparse) {
    tensors.push_back(
        {tensor_name(index, "cells"), Dtype::kU64, {layer.cells.size()}, std::span(layer.cells)});
  }
  const auto append = [&](const std::string& name, const Parameter& parameter,
                          const std::vector<std::uint64_t>& shape) {
    tensors.push_back({tensor_name(index, name), dtype, shape, std::span(parameter.values)});
    for (std::size_t s = 0; s < parameter.slots.size(); ++s) {
      tensors.push_back({tensor_name(index, slot_name(name, slot_names(optimiser)[s])), dtype,
                         shape, std::span(parameter.slots[s])});
    }
  };
  for_each_parameter(layer, layer.connections(), append);
}

LayerState read_layer(SafetensorsReader& reader, std::size_t index, LayerHead head, Dtype dtype,
                      OptimiserKind optimiser) {
  LayerState layer = std::move(head.layer);
  if (layer.kind == LayerKind::kSparse) {
    layer.cells = reader.read_indices(tensor_name(index, "cells"), {head.connections});
  }
  const auto read = [&](const std::string& name, Parameter& parameter,
                        const std::vector<std::uint64_t>& shape) {
    parameter.values = reader.read_values(tensor_name(index, name), dtype, shape);
    for (const char* slot : slot_names(optimiser)) {
      parameter.slots.push_back(
          reader.read_values(tensor_name(index, slot_name(name, slot)), dtype, shape));
    }
  };
  for_each_parameter(layer, head.connections, read);
  return layer;
}

YoungConnections read_young(SafetensorsReader& reader, std::size_t index, std::uint64_t count) {
  YoungConnections young;
  young.cells = reader.read_indices(tensor_name(index, "young"), {count});
  young.born_in = reader.read_indices(tensor_name(index, "born_in"), {count});
  return young;
}

CellBitmap read_bitmap(SafetensorsReader& reader, std::size_t index, const LayerState& layer) {
  return reader.read_indices(tensor_name(index, "explored"), {(layer.cell_count() + 63) / 64});
}

}  // namespace

bool Progress::operator==(const Progress& other) const {
  const auto fields = [](const Progress& p) {
    return std::tuple(p.epoch, p.step, p.sums.loss, p.sums.hits, p.sums.samples, p.evolved,
                      p.evolution_pending, p.cost);
  };
  return fields(*this) == fields(other);
}

void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  write_checkpoint(folder_to_write(path), name_in_folder(path), checkpoint);
}

void write_checkpoint(std::shared_ptr<const Folder> folder, const std::string& name,
                      const Checkpoint& checkpoint) {
  try {
    check_finite(checkpoint);
  } catch (const Error& wrong) {
    throw Error(fmt::format("{}: not written: {}; what was saved before is kept; {}",
                            folder->path_of(name).string(), wrong.what(),
                            divergence_remedy(checkpoint.config)));
  }
  check_invariants(checkpoint.network);
  REGROW_CHECK(checkpoint.config.topology != checkpoint.explored.empty(),
               "explored cells are kept where the topology is measured");
  if (checkpoint.config.topology) check_explored(checkpoint.explored, checkpoint.network);
  try {
    check_fit(checkpoint);
  } catch (const Error& wrong) {
    REGROW_CHECK(false, wrong.what());
  }

  const std::vector<std::uint64_t> features = {checkpoint.shape.features()};
  const Dtype dtype = dtype_of(checkpoint.network.precision);
  std::vector<TensorView> tensors = {
      {"standardisation.mean", Dtype::kF64, features, std::span(checkpoint.standardisation.mean)},
      {"standardisation.deviation", Dtype::kF64, features,
       std::span(checkpoint.standardisation.deviation)}};
  for (std::size_t i = 0; i < checkpoint.network.layers.size(); ++i) {
    append_layer(tensors, i, checkpoint.network.layers[i], dtype, checkpoint.config.optimiser);
    if (checkpoint.explored.empty() || checkpoint.explored[i].empty()) continue;
    const CellBitmap& bitmap = checkpoint.explored[i];
    tensors.push_back(
        {tensor_name(i, "explored"), Dtype::kU64, {bitmap.size()}, std::span(bitmap)});
  }
  const std::vector<YoungConnections>& young = checkpoint.evolution.young;
  for (std::size_t i = 0; i < young.size(); ++i) {
    const std::vector<std::uint64_t> count = {young[i].cells.size()};
    tensors.push_back({tensor_name(i, "young"), Dtype::kU64, count, std::span(young[i].cells)});
    tensors.push_back({tensor_name(i, "born_in"), Dtype::kU64, count, std::span(young[i].born_in)});
  }
  const std::vector<CellList>& newborns = checkpoint.evolution.newborns;
  for (std::size_t i = 0; i < newborns.size(); ++i) {
    tensors.push_back(
        {tensor_name(i, "newborns"), Dtype::kU64, {newborns[i].size()}, std::span(newborns[i])});
  }
  const std::vector<CellList>& previous = checkpoint.previous_masks;
  for (std::size_t i = 0; i < previous.size(); ++i) {
    tensors.push_back({tensor_name(i, "previous_cells"),
                       Dtype::kU64,
                       {previous[i].size()},
                       std::span(previous[i])});
  }
  write_safetensors(std::move(folder), name, to_metadata(checkpoint), tensors);
}

Checkpoint read_checkpoint(const std::filesystem::path& path) {
  SafetensorsReader reader(path);
  CheckpointHead head;
  try {
    head = parse_metadata(reader.metadata());
  } catch (const ForeignCheckpoint& other) {
    throw UnreadableError(fmt::format("{}: {}; {}", path.string(), other.what(), other.remedy()));
  } catch (const Error& wrong) {
    refuse_checkpoint(path, wrong.what());
  }
  Checkpoint checkpoint = std::move(head.checkpoint);
  const std::vector<std::uint64_t> features = {checkpoint.shape.features()};
  checkpoint.standardisation.mean =
      reader.read_values("standardisation.mean", Dtype::kF64, features);
  checkpoint.standardisation.deviation =
      reader.read_values("standardisation.deviation", Dtype::kF64, features);
  const Dtype dtype = dtype_of(checkpoint.network.precision);
  for (std::size_t i = 0; i < head.layers.size(); ++i) {
    const bool is_explored = head.layers[i].is_explored;
    checkpoint.network.layers.push_back(
        read_layer(reader, i, std::move(head.layers[i]), dtype, checkpoint.config.optimiser));
    if (!checkpoint.config.topology) continue;
    CellBitmap& bitmap = checkpoint.explored.emplace_back();
    if (is_explored) bitmap = read_bitmap(reader, i, checkpoint.network.layers[i]);
  }
  for (std::size_t i = 0; i < head.young.size(); ++i) {
    checkpoint.evolution.young.push_back(read_young(reader, i, head.young[i]));
  }
  for (std::size_t i = 0; i < head.newborns.size(); ++i) {
    checkpoint.evolution.newborns.push_back(
        reader.read_indices(tensor_name(i, "newborns"), {head.newborns[i]}));
  }
  for (std::size_t i = 0; i < head.previous_cells.size(); ++i) {
    checkpoint.previous_masks.push_back(
        reader.read_indices(tensor_name(i, "previous_cells"), {head.previous_cells[i]}));
  }
  try {
    check_finite(checkpoint);
    check_fit(checkpoint);
    check_invariants(checkpoint.network);
    if (checkpoint.config.topology) check_explored(checkpoint.explored, checkpoint.network);
  } catch (const Error& wrong) {
    refuse_checkpoint(path, wrong.what());
  } catch (const BrokenInvariant& wrong) {
    refuse_checkpoint(path, wrong.message());
  }
  return checkpoint;
}

}  // namespace regrow

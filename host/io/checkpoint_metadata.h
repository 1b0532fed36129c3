// Everything of a checkpoint but its large arrays, as the strings of the container's metadata.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/safetensors_header.h"
#include "regrow/checkpoint.h"
#include "regrow/error.h"

namespace regrow {

/// A list of objects {epoch, step, device, instruction_set}.
nlohmann::ordered_json to_json(std::span<const ComputedBy> stretches);

Metadata to_metadata(const Checkpoint& checkpoint);

/// A layer as the metadata promise it; the tensors must have these shapes.
struct LayerHead {
  LayerState layer;  // without arrays
  std::uint64_t connections = 0;
  bool is_explored = false;  // there is a bitmap of the cells ever active
};

/// [connections], or [outputs][inputs] when dense.
std::vector<std::uint64_t> weight_shape(const LayerState& layer, std::uint64_t connections);

struct CheckpointHead {
  Checkpoint checkpoint;  // without network and standardisation
  std::vector<LayerHead> layers;
  std::vector<std::uint64_t> young;           // how many of each layer; none where none are kept
  std::vector<std::uint64_t> newborns;        // the same
  std::vector<std::uint64_t> previous_cells;  // the same of the masks at the last epoch's end
};

/// Of another program, or of a version that this one does not read: another checkpoint of its run
/// would not be read either, so that it has a remedy of its own.
class ForeignCheckpoint : public Error {
 public:
  ForeignCheckpoint(const std::string& what, std::string remedy)
      : Error(what), remedy_(std::move(remedy)) {}
  const std::string& remedy() const { return remedy_; }

 private:
  std::string remedy_;
};

/// Throws Error whose text says what is wrong, for the caller to put file and remedy around it.
CheckpointHead parse_metadata(const Metadata& metadata);

}  // namespace regrow

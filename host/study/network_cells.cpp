// The size of a run's network, as if it were dense.
#include "study/network_cells.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "io/checkpoint_header.h"

namespace regrow {
namespace {

struct NetworkEnds {
  std::uint64_t inputs = 0;
  std::uint64_t classes = 0;
};

std::optional<NetworkEnds> ends_of(const Config& config, const std::optional<Checkpoint>& header) {
  constexpr std::uint64_t kCifarInputs = 3072, kCifarClasses = 10;
  if (config.dataset == DatasetName::kCifar10) return NetworkEnds{kCifarInputs, kCifarClasses};
  if (config.dataset == DatasetName::kSynthetic) {
    return NetworkEnds{static_cast<std::uint64_t>(config.synthetic_features),
                       static_cast<std::uint64_t>(config.synthetic_classes)};
  }
  if (header) return NetworkEnds{header->shape.features(), header->class_names.size()};
  return std::nullopt;
}

}  // namespace

std::optional<Checkpoint> newest_header(const RunFolder& folder) {
  for (const auto& file : {folder.last(), folder.previous(), folder.best(), folder.initial()}) {
    if (auto header = checkpoint_header(file)) return header;
  }
  return std::nullopt;
}

std::optional<NetworkCells> network_cells(const Config& config,
                                          const std::optional<Checkpoint>& header) {
  const auto ends = ends_of(config, header);
  if (!ends) return std::nullopt;
  NetworkCells cells;
  std::uint64_t inputs = ends->inputs;
  for (const std::int64_t outputs : config.hidden) {
    cells.hidden += std::exchange(inputs, static_cast<std::uint64_t>(outputs)) *
                    static_cast<std::uint64_t>(outputs);
  }
  cells.output = inputs * ends->classes;
  return cells;
}

}  // namespace regrow

// The gradients of cells, connections or not: ∂loss/∂weight of cell (out, in) is Σ_s dz[out][s]·
// x[in][s].
#pragma once

#include <cstdint>

#include "common/runtime.h"
#include "evolve/cells.h"
#include "evolve/layer_batch.h"
#include "evolve/top_k.h"

namespace regrow::cuda {

/// gradients[i] of cells[i], added up as weight_gradient() does.
/// gradients: [cells.count], on the device.
void gradients_of_cells(const LayerBatch& batch, std::uint32_t inputs, const CellSet& cells,
                        float* gradients, const Stream& stream);

/// Adds all `cells` (at least one) to `sink`.
void score_cells(const LayerBatch& batch, std::uint32_t inputs, const CellSet& cells,
                 const ScoreSink& sink, const Stream& stream);

/// Neighbouring outputs and inputs of a layer.
struct CellRectangle {
  std::uint32_t first_output = 0;
  std::uint32_t outputs = 0;
  std::uint32_t first_input = 0;
  std::uint32_t inputs = 0;

  std::uint64_t cells() const { return std::uint64_t{outputs} * inputs; }
};

/// Sides of the squares that a rectangle is computed in.
inline constexpr std::uint32_t kScoreTile = 128;

/// Cells that are not scored, by output.
struct TakenCells {
  CellSet cells;
  const std::uint32_t* row_begin = nullptr;  // [outputs + 1], see row_offsets()
};

/// Adds all cells of the rectangle but those that are taken to `sink`.   inputs: of the layer
void score_rectangle(const LayerBatch& batch, std::uint32_t inputs, const CellRectangle& rectangle,
                     const TakenCells& taken, const ScoreSink& sink, const Stream& stream);

}  // namespace regrow::cuda

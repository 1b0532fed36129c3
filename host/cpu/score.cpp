#include "cpu/score.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <limits>

#include "cpu/aligned_array.h"
#include "cpu/blas.h"
#include "cpu/magnitudes.h"
#include "cpu/top_k.h"

namespace regrow::cpu {
namespace {

constexpr const char* kScoresOfAll = "scores of all cells";  // in messages: who needs a BLAS
// A tile of gradients stays in a core's second-level cache until it has been searched, and is large
// enough that a product is not all packing. Fixed, as the tiles decide how a product is summed up.
constexpr std::size_t kTileRows = 256;
constexpr std::size_t kTileColumns = 1024;

// Where each row's taken cells begin, and where the last one's end.
std::vector<std::size_t> row_begins(CellSpan taken, const LayerShape& layer) {
  std::vector<std::size_t> begins(std::size_t{layer.outputs} + 1, taken.size());
  std::size_t next = 0;
  for (std::size_t row = 0; row < layer.outputs; ++row) {
    begins[row] = next;
    while (next < taken.size() && taken[next] < (row + 1) * layer.inputs) ++next;
  }
  return begins;
}

/// One thread's search, tile by tile.
class TileSearch {
 public:
  TileSearch(const Kernels& kernels, const LayerBatch& batch, const LayerShape& layer,
             CellSpan taken, const std::vector<std::size_t>& row_begin)
      : kernels_(kernels),
        blas_(Blas::instance(kernels.name, kScoresOfAll)),
        batch_(batch),
        layer_(layer),
        taken_(taken),
        row_begin_(row_begin),
        width_(std::min<std::size_t>(kTileColumns, layer.inputs)),
        stride_(padded_batch(static_cast<std::uint32_t>(width_))),
        gradients_(std::min<std::size_t>(kTileRows, layer.outputs) * stride_),
        positions_(stride_ + kBatchPadding) {}
  static std::uint64_t bytes_of(std::uint32_t inputs, std::uint32_t outputs) {
    const std::uint32_t stride = padded_batch(std::min<std::uint32_t>(kTileColumns, inputs));
    return AlignedArray<float>::bytes_of(std::min<std::size_t>(kTileRows, outputs) * stride) +
           (stride + kBatchPadding) * sizeof(std::uint32_t);
  }
  static std::size_t count(const LayerShape& layer) {
    return parts(layer.outputs, kTileRows) * parts(layer.inputs, kTileColumns);
  }

  void search(std::size_t tile, BestCells& best) {
    const std::size_t across = parts(layer_.inputs, kTileColumns);
    const std::size_t first_row = tile / across * kTileRows;
    const std::size_t first_column = tile % across * kTileColumns;
    const std::size_t rows = std::min<std::size_t>(kTileRows, layer_.outputs - first_row);
    const std::size_t columns = std::min<std::size_t>(kTileColumns, layer_.inputs - first_column);
    const auto ld = static_cast<int>(batch_.ld);
    blas_.multiply(false, true, static_cast<int>(rows), static_cast<int>(columns),
                   static_cast<int>(batch_.samples), 1,
                   batch_.output_gradient + first_row * batch_.ld, ld,
                   batch_.input + first_column * batch_.ld, ld, 0, gradients_.data(),
                   static_cast<int>(stride_));
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t row = first_row + r;
      float* const gradients = gradients_.data() + r * stride_;
      const std::uint64_t first_cell = std::uint64_t{row} * layer_.inputs + first_column;
      hide_taken(row, first_cell, columns, gradients);
      best.make_room();
      const std::size_t found =
          kernels_.find_magnitudes(gradients, columns, best.bar(), positions_.data());
      for (std::size_t i = 0; i < found; ++i) {
        best.add(first_cell + positions_[i], magnitude_bits(gradients[positions_[i]]));
      }
    }
  }

 private:
  static std::size_t parts(std::size_t count, std::size_t size) {
    return (count + size - 1) / size;
  }

  // A cell that may not grow has no gradient.
  void hide_taken(std::size_t row, std::uint64_t first_cell, std::size_t columns,
                  float* gradients) const {
    const std::uint64_t* const end = taken_.data() + row_begin_[row + 1];
    const std::uint64_t* next = std::lower_bound(taken_.data() + row_begin_[row], end, first_cell);
    for (; next < end && *next < first_cell + columns; ++next) {
      gradients[*next - first_cell] = std::numeric_limits<float>::quiet_NaN();
    }
  }

  const Kernels& kernels_;
  const Blas& blas_;
  const LayerBatch& batch_;
  const LayerShape& layer_;
  CellSpan taken_;
  const std::vector<std::size_t>& row_begin_;
  std::size_t width_;
  std::size_t stride_;
  AlignedArray<float> gradients_;         // [rows][stride]
  std::vector<std::uint32_t> positions_;  // in a row
};

}  // namespace

LargeVector<float> cell_gradients(const Kernels& kernels, const LayerBatch& batch,
                                  std::uint32_t inputs, CellSpan cells, ThreadPool& pool) {
  LargeVector<float> gradients(cells.size());
  const CellGradientArgs args = {cells.data(),     batch.input, batch.output_gradient,
                                 gradients.data(), batch.ld,    inputs};
  pool.run([&](unsigned thread) {
    const Range part = even_part(cells.size(), thread, pool.size());
    kernels.cell_gradients(args, part.first, part.last);
  });
  return gradients;
}

void require_scores(const ScoredCells& scored, const Kernels& kernels, unsigned threads) {
  if (draws_by_strength(scored.candidates)) return;  // a uniform sample may be of all cells
  Blas::instance(kernels.name, kScoresOfAll);
  Blas::require_room(threads, kScoresOfAll);
}

Cells largest_gradients(const Kernels& kernels, const LayerBatch& batch, const LayerShape& layer,
                        CellSpan taken, std::uint64_t count, ThreadPool& pool) {
  require_scores({}, kernels, pool.size());
  const std::vector<std::size_t> row_begin = row_begins(taken, layer);
  const std::size_t tiles = TileSearch::count(layer);
  SharedScores shared(count);
  std::vector<BestCells> best;
  for (unsigned thread = 0; thread < pool.size(); ++thread) {
    best.emplace_back(shared, kTileColumns);
  }
  // Whoever is free takes the next one: what is best of all does not depend on who found it.
  std::atomic<std::size_t> next_tile = 0;
  pool.run([&](unsigned thread) {
    TileSearch search(kernels, batch, layer, taken, row_begin);
    for (std::size_t tile = next_tile++; tile < tiles; tile = next_tile++) {
      search.search(tile, best[thread]);
      best[thread].share();
    }
  });
  return best_of(best, count, layer.cell_count(), pool);
}

std::uint64_t bytes_of_largest_gradients(std::uint32_t inputs, std::uint32_t outputs,
                                         std::uint64_t count, unsigned threads) {
  const std::uint64_t a_thread =
      TileSearch::bytes_of(inputs, outputs) + BestCells::bytes_of(count, kTileColumns);
  // Those chosen, and as many again while they are sorted.
  return threads * a_thread + SharedScores::kBuckets * sizeof(std::uint64_t) +
         2 * count * sizeof(std::uint64_t) + (std::uint64_t{outputs} + 1) * sizeof(std::size_t);
}

}  // namespace regrow::cpu

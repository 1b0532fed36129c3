// Neighbours counted for 32 cells at a time: the words of the mask are added as bit slices.
#include <algorithm>
#include <vector>

#include "common/algorithms.h"
#include "evolve/cells.h"
#include "evolve/neighbours.h"
#include "evolve/per_element.h"
#include "regrow/network_state.h"

namespace regrow::cuda {
namespace {

constexpr unsigned kWordBits = 32;
constexpr unsigned kCounts = 9;         // 0 to 8 active neighbours
constexpr unsigned kWordsPerTile = 32;  // a warp; the ranks of cells are summed by tile

// One bit a cell; rows padded to whole words, whose pad bits are zero.
struct Mask {
  const std::uint32_t* words;  // [outputs][words_per_row]
  const std::uint32_t* taken;  // the same: cells that are not eligible
  std::uint64_t words_per_row;
  std::uint32_t inputs;
  std::uint32_t outputs;
  std::uint32_t straight;  // all ones where cells beside, above and below are neighbours
  std::uint32_t diagonal;  // all ones where cells at the corners are

  __host__ __device__ std::uint64_t word_count() const { return words_per_row * outputs; }
};

__global__ void mask_kernel(CellSet set, std::uint32_t inputs, std::uint64_t words_per_row,
                            std::uint32_t* words) {
  const std::size_t i = element_index();
  if (i >= set.count) return;
  const std::uint64_t row = set.cells[i] / inputs;
  const auto column = static_cast<std::uint32_t>(set.cells[i] % inputs);
  atomicOr(&words[row * words_per_row + column / kWordBits], 1U << column % kWordBits);
}

// The words of a row at, before and after a word; nothing beyond the edges.
struct Window {
  std::uint32_t at;
  std::uint32_t left;   // bit c: whether cell c − 1 is active
  std::uint32_t right;  // bit c: whether cell c + 1 is active
};

__device__ Window window_at(const Mask& mask, std::uint64_t row, std::uint64_t column) {
  const std::uint32_t* words = mask.words + row * mask.words_per_row + column;
  const std::uint32_t at = words[0];
  const std::uint32_t before = column > 0 ? words[-1] : 0;
  const std::uint32_t after = column + 1 < mask.words_per_row ? words[1] : 0;
  return {at, at << 1 | before >> (kWordBits - 1), at >> 1 | after << (kWordBits - 1)};
}

// A number in each of 32 bit positions: its lowest bits, those worth two, and so on.
struct BitSlices {
  std::uint32_t ones;
  std::uint32_t twos;
  std::uint32_t fours;
  std::uint32_t eights;

  /// Bits where the number is `count`.
  __device__ std::uint32_t equal_to(unsigned count) const {
    return ((count & 1) != 0 ? ones : ~ones) & ((count & 2) != 0 ? twos : ~twos) &
           ((count & 4) != 0 ? fours : ~fours) & ((count & 8) != 0 ? eights : ~eights);
  }
};

// Adds three bits in each position: their sum in `sum`, the carry returned.
__device__ std::uint32_t add(std::uint32_t a, std::uint32_t b, std::uint32_t c,
                             std::uint32_t& sum) {
  sum = a ^ b ^ c;
  return (a & b) | (c & (a ^ b));
}

// The active neighbours of a word's cells, and which of its cells are eligible.
struct NeighbourWord {
  BitSlices counts;
  std::uint32_t eligible;
};

__device__ NeighbourWord neighbours_at(const Mask& mask, std::uint64_t word) {
  const std::uint64_t row = word / mask.words_per_row;
  const std::uint64_t column = word % mask.words_per_row;
  const Window same = window_at(mask, row, column);
  const Window above = row > 0 ? window_at(mask, row - 1, column) : Window{0, 0, 0};
  const Window below = row + 1 < mask.outputs ? window_at(mask, row + 1, column) : Window{0, 0, 0};

  std::uint32_t sum_a = 0, sum_b = 0, sum_c = 0, twos = 0;
  BitSlices counts;
  const std::uint32_t carry_a =
      add(above.left & mask.diagonal, above.right & mask.diagonal, above.at & mask.straight, sum_a);
  const std::uint32_t carry_b =
      add(below.left & mask.diagonal, below.right & mask.diagonal, below.at & mask.straight, sum_b);
  const std::uint32_t carry_c =
      add(same.left & mask.straight, same.right & mask.straight, 0, sum_c);
  const std::uint32_t carry_ones = add(sum_a, sum_b, sum_c, counts.ones);
  const std::uint32_t carry_twos = add(carry_a, carry_b, carry_c, twos);
  const std::uint32_t carry_both = add(twos, carry_ones, 0, counts.twos);
  counts.eights = add(carry_twos, carry_both, 0, counts.fours);

  const auto beyond = static_cast<std::uint32_t>(
      (column + 1) * kWordBits > mask.inputs ? (column + 1) * kWordBits - mask.inputs : 0);
  return {counts, ~mask.taken[word] & (0xFFFFFFFFU >> beyond)};
}

__global__ void histogram_kernel(Mask mask, std::uint64_t* histogram) {
  std::uint32_t found[kCounts] = {};
  for (std::size_t word = element_index(); word < mask.word_count(); word += thread_count()) {
    const NeighbourWord neighbours = neighbours_at(mask, word);
    for (unsigned count = 0; count < kCounts; ++count) {
      const std::uint32_t cells = neighbours.counts.equal_to(count) & neighbours.eligible;
      found[count] += static_cast<std::uint32_t>(__popc(cells));
    }
  }
  add_over_block(found, histogram);
}

// eligible: the cells of the class, as bits. per_tile: how many there are in 32 words.
__global__ void eligible_words_kernel(Mask mask, unsigned counts, std::uint32_t* eligible,
                                      std::uint32_t* per_tile) {
  const std::size_t word = element_index();
  std::uint32_t cells = 0;
  if (word < mask.word_count()) {
    const NeighbourWord neighbours = neighbours_at(mask, word);
    for (unsigned count = 0; count < kCounts; ++count) {
      if ((counts >> count & 1) != 0) cells |= neighbours.counts.equal_to(count);
    }
    cells &= neighbours.eligible;
    eligible[word] = cells;
  }
  auto in_tile = static_cast<std::uint32_t>(__popc(cells));
  for (int distance = 16; distance > 0; distance /= 2) {
    in_tile += __shfl_xor_sync(0xFFFFFFFFU, in_tile, distance);
  }
  if (word % kWordsPerTile == 0 && word < mask.word_count()) {
    per_tile[word / kWordsPerTile] = in_tile;
  }
}

// The place of the bit of `rank` among the set bits of `word`: the half that holds it, five times.
__device__ unsigned set_bit_at(std::uint32_t word, unsigned rank) {
  unsigned place = 0;
  for (unsigned half = kWordBits / 2; half > 0; half /= 2) {
    const auto below = static_cast<unsigned>(__popc(word >> place & ((1U << half) - 1)));
    if (rank >= below) {
      rank -= below;
      place += half;
    }
  }
  return place;
}

__global__ void select_kernel(Mask mask, const std::uint32_t* eligible,
                              const std::uint64_t* before_tile, std::size_t tiles,
                              const std::uint64_t* ranks, std::size_t count, std::uint64_t* cells) {
  const std::size_t i = element_index();
  if (i >= count) return;
  // The last tile that no more than `rank` cells come before.
  const std::size_t tile = count_up_to(before_tile + 1, tiles, ranks[i]);
  auto rank = static_cast<unsigned>(ranks[i] - before_tile[tile]);
  std::uint64_t word = tile * kWordsPerTile;
  for (;; ++word) {
    const auto in_word = static_cast<unsigned>(__popc(eligible[word]));
    if (rank < in_word) break;
    rank -= in_word;
  }
  const std::uint64_t column =
      word % mask.words_per_row * kWordBits + set_bit_at(eligible[word], rank);
  cells[i] = cell_index(word / mask.words_per_row, column, mask.inputs);
}

class NeighboursInMask : public NeighbourClasses {
 public:
  NeighboursInMask(const CellSet& active, const CellSet& taken, const LayerShape& shape,
                   Neighbourhood neighbourhood, const Stream& stream)
      : stream_(&stream), active_(mask_of(active, shape, stream)) {
    // As many: they are the same.
    if (taken.count > active.count) taken_ = mask_of(taken, shape, stream);
    mask_.words = active_.data();
    mask_.taken = taken.count > active.count ? taken_.data() : active_.data();
    mask_.words_per_row = words_per_row(shape);
    mask_.inputs = shape.inputs;
    mask_.outputs = shape.outputs;
    mask_.straight = neighbourhood == Neighbourhood::kDiagonal4 ? 0 : 0xFFFFFFFFU;
    mask_.diagonal = neighbourhood == Neighbourhood::kCross4 ? 0 : 0xFFFFFFFFU;
  }

  static std::uint64_t words_per_row(const LayerShape& shape) {
    return (std::uint64_t{shape.inputs} + kWordBits - 1) / kWordBits;
  }

  ClassSizes sizes() const override {
    DeviceArray<std::uint64_t> totals(kCounts, "neighbour counts", *stream_);
    totals.zero();
    launch_striding(mask_.word_count(), *stream_, histogram_kernel, mask_, totals.data());
    const std::vector<std::uint64_t> values = totals.download();
    ClassSizes sizes{};
    std::copy(values.begin(), values.end(), sizes.begin());
    return sizes;
  }

  Cells select(const std::bitset<kCounts>& counts, const Cells& ranks) const override {
    Cells cells(ranks.size(), "cells to grow", *stream_);
    const std::size_t tiles = (mask_.word_count() + kWordsPerTile - 1) / kWordsPerTile;
    DeviceArray<std::uint32_t> eligible(mask_.word_count(), "eligible cells", *stream_);
    DeviceArray<std::uint32_t> per_tile(tiles, "eligible cells by tile", *stream_);
    Cells before_tile(tiles + 1, "eligible cells by tile", *stream_);
    launch_per_element(mask_.word_count(), *stream_, eligible_words_kernel, mask_,
                       static_cast<unsigned>(counts.to_ulong()), eligible.data(), per_tile.data());
    exclusive_scan(per_tile.data(), tiles, before_tile.data(), *stream_);
    launch_per_element(ranks.size(), *stream_, select_kernel, mask_, eligible.data(),
                       before_tile.data(), tiles, ranks.data(), ranks.size(), cells.data());
    return cells;
  }

 private:
  static DeviceArray<std::uint32_t> mask_of(const CellSet& set, const LayerShape& shape,
                                            const Stream& stream) {
    DeviceArray<std::uint32_t> words(mask_bytes(shape) / sizeof(std::uint32_t), "mask", stream);
    words.zero();
    launch_per_element(set.count, stream, mask_kernel, set, shape.inputs, words_per_row(shape),
                       words.data());
    return words;
  }

  const Stream* stream_;
  DeviceArray<std::uint32_t> active_;
  DeviceArray<std::uint32_t> taken_;  // empty where the active cells are all that is taken
  Mask mask_{};
};

}  // namespace

std::unique_ptr<NeighbourClasses> count_in_mask(const CellSet& active, const CellSet& taken,
                                                const LayerShape& shape,
                                                Neighbourhood neighbourhood, const Stream& stream) {
  return std::make_unique<NeighboursInMask>(active, taken, shape, neighbourhood, stream);
}

std::size_t mask_bytes(const LayerShape& shape) {
  return sizeof(std::uint32_t) * NeighboursInMask::words_per_row(shape) * shape.outputs;
}

}  // namespace regrow::cuda

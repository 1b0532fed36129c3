// A radix select: digit by digit, from the highest, the count of those that have the digits chosen
// so far and each value of the next one; first the digits of the score, then, only where equal
// scores are left to choose among, those of the cell, inverted, so that the lower one is higher.
#include <algorithm>

#include "common/algorithms.h"
#include "evolve/per_element.h"
#include "evolve/score_sink.h"
#include "evolve/top_k.h"
#include "regrow/error.h"

namespace regrow::cuda {

/// What is known of the last one that is kept.
struct ScoreSelection {
  std::uint64_t wanted = 0;  // of those that have the digits chosen so far
  std::uint64_t score = 0;   // its digits chosen so far, 0 below them
  std::uint64_t inverted_cell = 0;
  std::uint32_t is_done = 0;  // all that have the digits chosen so far are kept
};

namespace {

constexpr std::uint32_t kMostWidth = 11;

struct ScoreDigit {
  bool of_cell;
  std::uint32_t shift;
  std::uint32_t width;
};
/// The 31 bits of a score, then the 64 of a cell.
constexpr ScoreDigit kDigits[] = {{false, 20, 11}, {false, 10, 10}, {false, 0, 10},
                                  {true, 53, 11},  {true, 42, 11},  {true, 31, 11},
                                  {true, 20, 11},  {true, 10, 10},  {true, 0, 10}};

__device__ inline std::uint64_t bits_above(std::uint64_t value, const ScoreDigit& digit) {
  const std::uint32_t shift = digit.shift + digit.width;
  return shift < 64 ? value >> shift : 0;
}

__global__ void count_digits_kernel(const std::uint32_t* scores, const std::uint64_t* cells,
                                    std::size_t count, ScoreDigit digit,
                                    const ScoreSelection* selection, std::uint64_t* totals) {
  __shared__ std::uint32_t sums[1U << kMostWidth];  // of a block, whose share has 32 bits
  if (selection->is_done != 0) return;
  const std::uint32_t values = 1U << digit.width;
  for (std::uint32_t k = threadIdx.x; k < values; k += blockDim.x) sums[k] = 0;
  __syncthreads();
  const std::uint64_t score_so_far = selection->score;
  const std::uint64_t prefix =
      bits_above(digit.of_cell ? selection->inverted_cell : score_so_far, digit);
  for (std::size_t i = element_index(); i < count; i += thread_count()) {
    const std::uint64_t score = scores[i];
    if (digit.of_cell && score != score_so_far) continue;
    const std::uint64_t value = digit.of_cell ? ~cells[i] : score;
    if (bits_above(value, digit) != prefix) continue;
    atomicAdd(&sums[value >> digit.shift & (values - 1)], 1U);
  }
  __syncthreads();
  for (std::uint32_t k = threadIdx.x; k < values; k += blockDim.x) {
    if (sums[k] > 0) add_to_total(&totals[k], sums[k]);
  }
}

// By one warp: takes the highest value of the digit at which there are enough, and sets totals to 0
// for the next one. Each lane has `values`/32 values, lane 0 the highest ones.
__global__ void choose_digit_kernel(ScoreDigit digit, std::uint64_t* totals,
                                    ScoreSelection* selection, ScoreFloor* floor) {
  if (selection->is_done != 0) return;
  const std::uint32_t values = 1U << digit.width, per_lane = values / kWarpSize;
  const std::uint32_t lane = threadIdx.x, highest = values - 1 - lane * per_lane;
  const std::uint64_t wanted = selection->wanted;
  std::uint64_t own = 0;
  for (std::uint32_t i = 0; i < per_lane; ++i) own += totals[highest - i];
  std::uint64_t up_to = own;
  for (std::uint32_t distance = 1; distance < kWarpSize; distance *= 2) {
    const std::uint64_t above = __shfl_up_sync(kAllLanes, up_to, distance);
    if (lane >= distance) up_to += above;
  }
  std::uint64_t before = up_to - own;
  const bool has_last = before < wanted && wanted <= up_to;
  __syncwarp();  // all lanes have read the selection that one of them now changes
  for (std::uint32_t i = 0; i < per_lane; ++i) {
    const std::uint64_t of_value = totals[highest - i];
    totals[highest - i] = 0;
    if (!has_last || before >= wanted) continue;
    before += of_value;
    if (before < wanted) continue;
    std::uint64_t& chosen = digit.of_cell ? selection->inverted_cell : selection->score;
    chosen |= std::uint64_t{highest - i} << digit.shift;
    selection->wanted = wanted - (before - of_value);
    selection->is_done = before == wanted ? 1 : 0;
    *floor = {static_cast<std::uint32_t>(selection->score), ~selection->inverted_cell};
  }
}

__global__ void begin_selection_kernel(std::uint64_t wanted, ScoreSelection* selection) {
  *selection = {};
  selection->wanted = wanted;
}

__global__ void keep_kernel(const std::uint32_t* scores, const std::uint64_t* cells,
                            std::size_t count, ScoreSink kept) {
  const ScoreFloor floor = *kept.floor;
  // As many turns for every thread of a block.
  for (std::size_t first = std::size_t{blockIdx.x} * blockDim.x; first < count;
       first += thread_count()) {
    const std::size_t i = first + threadIdx.x;
    const bool is_kept = i < count && !is_below(floor, scores[i], cells[i]);
    const std::uint64_t place = reserve_places(is_kept ? 1 : 0, kept.count);
    if (!is_kept) continue;
    kept.scores[place] = scores[i];
    kept.cells[place] = cells[i];
  }
}

/// Beside a piece, so that not every piece needs a cut.
std::uint64_t capacity(std::uint64_t wanted, std::uint64_t total, std::uint64_t piece) {
  return std::min(total, wanted + piece + piece / 4);
}

}  // namespace

TopK::TopK(std::uint64_t wanted, std::uint64_t total, std::uint64_t piece, const Stream& stream)
    : wanted_(wanted),
      stream_(&stream),
      cells_(capacity(wanted, total, piece), "scored cells", stream),
      scores_(cells_.size(), "scores", stream),
      count_(1, "a count of scored cells", stream),
      floor_(1, "the floor of scores", stream),
      digits_(std::size_t{1} << kMostWidth, "counts of scores", stream),
      selection_(1, "the last score", stream),
      kept_cells_(total > wanted ? wanted : 0, "scored cells", stream),
      kept_scores_(kept_cells_.size(), "scores", stream) {
  const ScoreFloor lowest;
  floor_.upload(std::span<const ScoreFloor>(&lowest, 1));
  count_.zero();
  digits_.zero();
}

ScoreSink TopK::sink(std::uint64_t count) {
  if (most_ + count > cells_.size()) cut();
  most_ += count;
  REGROW_CHECK(most_ <= cells_.size(), "more cells to score than was said");
  return {scores_.data(), cells_.data(), count_.data(), floor_.data()};
}

void TopK::cut() {
  most_ = count_.download().front();
  if (most_ <= wanted_) return;
  const std::size_t count = most_;
  launch(begin_selection_kernel, dim3(1), dim3(1), 0, stream_->get(), wanted_, selection_.data());
  for (const ScoreDigit& digit : kDigits) {
    launch_striding(count, *stream_, count_digits_kernel, scores_.data(), cells_.data(), count,
                    digit, selection_.data(), digits_.data());
    launch(choose_digit_kernel, dim3(1), dim3(kWarpSize), 0, stream_->get(), digit, digits_.data(),
           selection_.data(), floor_.data());
  }
  count_.zero();
  launch_striding(count, *stream_, keep_kernel, scores_.data(), cells_.data(), count,
                  ScoreSink{kept_scores_.data(), kept_cells_.data(), count_.data(), floor_.data()});
  copy_bytes_on_device(scores_.data(), kept_scores_.data(), wanted_ * sizeof(std::uint32_t),
                       *stream_);
  copy_bytes_on_device(cells_.data(), kept_cells_.data(), wanted_ * sizeof(std::uint64_t),
                       *stream_);
  most_ = wanted_;
}

Cells TopK::take() {
  cut();
  scores_ = {};
  kept_scores_ = {};
  kept_cells_ = {};
  Cells best(most_, "cells to grow", *stream_);
  if (most_ > 0) {
    copy_bytes_on_device(best.data(), cells_.data(), most_ * sizeof(std::uint64_t), *stream_);
  }
  cells_ = {};
  sort(best.data(), best.size(), *stream_);
  return best;
}

std::uint64_t TopK::bytes(std::uint64_t wanted, std::uint64_t total, std::uint64_t piece) {
  constexpr std::uint64_t kEach = sizeof(std::uint64_t) + sizeof(std::uint32_t);
  const std::uint64_t while_adding =
      kEach * (capacity(wanted, total, piece) + (total > wanted ? wanted : 0));
  // A sort's scratch memory is as large as what it sorts; blocks of the pool are rounded up.
  const std::uint64_t at_the_end = 2 * sizeof(std::uint64_t) * std::min(wanted, total);
  constexpr std::uint64_t kOthers = (std::uint64_t{1} << kMostWidth) * sizeof(std::uint64_t) + 4096;
  return std::max(while_adding,
                  sizeof(std::uint64_t) * capacity(wanted, total, piece) + at_the_end) +
         kOthers;
}

}  // namespace regrow::cuda

// The cells of the highest scores, of equal scores the lower cells, from scores that come in
// pieces: memory follows the number wanted and a piece, not all that is scored.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/runtime.h"
#include "evolve/cells.h"

namespace regrow::cuda {

/// What is not below it may be among the best: a higher score, or an equal one at a cell not above
/// `cell`. A score is the bits of |gradient|.
struct ScoreFloor {
  std::uint32_t score = 0;
  std::uint64_t cell = ~std::uint64_t{0};
};

/// Where a kernel adds scored cells; see add_scored().
struct ScoreSink {
  std::uint32_t* scores = nullptr;
  std::uint64_t* cells = nullptr;
  std::uint64_t* count = nullptr;     // on the device: of those added so far
  const ScoreFloor* floor = nullptr;  // on the device
};

struct ScoreSelection;

class TopK {
 public:
  /// The best `wanted` (above 0) of at most `total` cells, which come in pieces of at most `piece`.
  TopK(std::uint64_t wanted, std::uint64_t total, std::uint64_t piece, const Stream& stream);

  /// For the next launch, which adds at most `count` cells, of a piece or less. Waits for the
  /// stream where it is not certain that there is room.
  ScoreSink sink(std::uint64_t count);

  /// The best in ascending order of cells: `wanted`, or all that were added where they are fewer.
  /// Waits for the stream. Nothing may be added afterwards.
  Cells take();

  /// At most, with what take() adds.
  static std::uint64_t bytes(std::uint64_t wanted, std::uint64_t total, std::uint64_t piece);

 private:
  /// Keeps the best alone.
  void cut();

  std::uint64_t wanted_;
  std::uint64_t most_ = 0;  // that may be there
  const Stream* stream_;
  Cells cells_;                             // [capacity]
  DeviceArray<std::uint32_t> scores_;       // [capacity]
  DeviceArray<std::uint64_t> count_;        // [1]
  DeviceArray<ScoreFloor> floor_;           // [1]
  DeviceArray<std::uint64_t> digits_;       // counts by one digit
  DeviceArray<ScoreSelection> selection_;   // [1]
  Cells kept_cells_;                        // [wanted], where more may come
  DeviceArray<std::uint32_t> kept_scores_;  // the same
};

}  // namespace regrow::cuda

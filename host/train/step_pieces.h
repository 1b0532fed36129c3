// Training in pieces of about a tenth of a second: a stop is answered at once, and a call costs
// nothing.
#pragma once

#include <algorithm>
#include <cstdint>

namespace regrow {

class StepPieces {
 public:
  /// Steps of the next call, of which at most `left` may be.
  std::uint32_t next(std::uint64_t left) const {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(piece_, left));
  }

  /// What the last one, of `count` steps, took. `most`: steps of an epoch.
  void took(std::uint32_t count, double seconds, std::uint32_t most) {
    // A shorter one, at an epoch's end or before an evolution, says nothing of a whole one.
    if (count != piece_) return;
    if (seconds < kShort) {
      piece_ = piece_ < most / 2 ? piece_ * 2 : most;
    } else if (seconds > kLong) {
      piece_ = std::max(piece_ / 2, 1U);
    }
  }

 private:
  static constexpr double kShort = 0.05;  // seconds
  static constexpr double kLong = 0.2;

  std::uint32_t piece_ = 1;
};

}  // namespace regrow

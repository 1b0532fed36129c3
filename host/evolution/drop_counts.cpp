// How many weights a layer drops, exactly: ζ is a whole number of millionths and no count passes
// through floating point, where (1 − 0.3)·90 would fall short of 63.
#include "evolution/drop_counts.h"

#include "regrow/error.h"

namespace regrow {
namespace {

constexpr std::uint64_t kMillion = 1'000'000;

}  // namespace

std::uint64_t share_rounded_down(std::uint64_t count, std::uint64_t millionths) {
  // In two parts, so that no product overflows.
  return count / kMillion * millionths + count % kMillion * millionths / kMillion;
}

LayerDrop drop_counts(DropRule rule, const WeightCounts& counts, std::uint32_t zeta_millionths) {
  REGROW_CHECK(zeta_millionths <= kMillion, "zeta lies in [0, 1]");
  LayerDrop drop;
  switch (rule) {
    case DropRule::kPerSign: {
      // The keepers are rounded down among the negatives, the dropped among the positives, and one
      // positive more: the indexing of SET's code.
      drop.negatives =
          counts.negatives - share_rounded_down(counts.negatives, kMillion - zeta_millionths);
      const std::uint64_t positives = share_rounded_down(counts.positives, zeta_millionths) + 1;
      drop.positives = positives < counts.positives ? positives : counts.positives;
      return drop;
    }
    case DropRule::kMagnitude:
    case DropRule::kGlobalMagnitude:
      drop.smallest =
          share_rounded_down(counts.negatives + counts.positives + counts.zeros, zeta_millionths);
      return drop;
  }
  REGROW_CHECK(false, "a drop rule without a count");
}

}  // namespace regrow

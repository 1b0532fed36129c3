#include "cpu/sorted_ranks.h"

#include <numeric>

namespace regrow::cpu {

LargeVector<std::uint64_t> sorted_ranks(const RankChoice& choice, Workers& workers) {
  if (choice.bijection) return sorted_images(*choice.bijection, choice.count, workers);
  LargeVector<std::uint64_t> ranks(choice.count);
  std::iota(ranks.begin(), ranks.end(), std::uint64_t{0});
  return ranks;
}

}  // namespace regrow::cpu

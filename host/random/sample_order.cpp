#include "regrow/sample_order.h"

#include "regrow/bijection.h"

namespace regrow {

std::vector<std::uint32_t> sample_order(std::uint64_t seed, std::uint32_t epoch,
                                        std::uint32_t count) {
  const Bijection permutation(count, seed, Purpose::kSampleOrder, 0, epoch);
  std::vector<std::uint32_t> order(count);
  for (std::uint32_t i = 0; i < count; ++i) order[i] = static_cast<std::uint32_t>(permutation(i));
  return order;
}

}  // namespace regrow

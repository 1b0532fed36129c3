// How many connections a layer grows.
#include <cmath>

#include "regrow/error.h"
#include "regrow/policy.h"

namespace regrow {

std::uint64_t grow_count(double theta, std::uint64_t budget, const DropReport& dropped,
                         GrowDelta delta, std::uint64_t free_cells) {
  REGROW_CHECK(theta >= 0 && std::isfinite(theta), "theta is a finite number from 0");
  const std::uint64_t below_budget =
      budget > dropped.remaining ? budget - dropped.remaining : std::uint64_t{0};
  const std::uint64_t missing = delta == GrowDelta::kInitial ? below_budget : dropped.dropped();
  const double wanted = std::ceil(theta * static_cast<double>(missing));
  return wanted >= static_cast<double>(free_cells) ? free_cells
                                                   : static_cast<std::uint64_t>(wanted);
}

}  // namespace regrow

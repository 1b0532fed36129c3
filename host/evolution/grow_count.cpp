#include "evolution/grow_count.h"

#include <cmath>

#include "regrow/error.h"

namespace regrow {

std::uint64_t grow_count(double theta, GrowDelta delta, const DroppedLayer& layer) {
  REGROW_CHECK(theta >= 0 && std::isfinite(theta), "theta is a finite number from 0");
  const std::uint64_t below_target =
      layer.target > layer.remaining ? layer.target - layer.remaining : std::uint64_t{0};
  const std::uint64_t missing = delta == GrowDelta::kInitial ? below_target : layer.dropped;
  const double wanted = std::ceil(theta * static_cast<double>(missing));
  return wanted >= static_cast<double>(layer.eligible) ? layer.eligible
                                                       : static_cast<std::uint64_t>(wanted);
}

}  // namespace regrow

// Which row another one is compared with.
#include "study/baseline.h"

#include <algorithm>

namespace regrow {
namespace {

bool is_of_kind(const Config& config, const Config& compared, BaselineKind kind) {
  if (kind != BaselineKind::kRandom) {
    const bool is_plain =
        config.grow == "random" && config.delta == GrowDelta::kInitial && config.theta_scale == 1;
    return config.method == Method::kSet && config.pause == PauseOn::kNone &&
           (kind == BaselineKind::kSet || is_plain);
  }
  return config.grow == "random" && config.method == compared.method &&
         config.measure == compared.measure && config.pause == compared.pause;
}

}  // namespace

const Row* baseline_of(const Row& row, std::span<const Row> rows, BaselineKind kind) {
  if (is_of_kind(row.config, row.config, kind)) return nullptr;
  const Row* nearest = nullptr;
  std::size_t fewest = 0;
  for (const Row& candidate : rows) {
    if (!is_of_kind(candidate.config, row.config, kind)) continue;
    const std::vector<const Setting*> different = differences(row.config, candidate.config);
    const bool alike = std::all_of(different.begin(), different.end(), [](const Setting* setting) {
      return setting->section == "evolution";
    });
    if (!alike || (nearest != nullptr && different.size() >= fewest)) continue;
    nearest = &candidate;
    fewest = different.size();
  }
  return nearest;
}

}  // namespace regrow

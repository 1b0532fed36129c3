// Which row another one is compared with.
#include "study/baseline.h"

#include <cstddef>
#include <functional>
#include <numeric>
#include <string>
#include <string_view>
#include <unordered_map>

namespace regrow {
namespace {

bool is_random(const Config& config) { return config.grow.is_random(); }

/// ζ aside, which SET's authors leave open.
bool evolves_as_published(const Config& config) {
  const Config published;
  return config.evolve_every == published.evolve_every &&
         config.evolve_until == published.evolve_until && config.drop == published.drop &&
         config.zeta_schedule == published.zeta_schedule && config.grace == published.grace &&
         config.density_schedule == published.density_schedule &&
         config.regrow_dropped == published.regrow_dropped && config.delta == published.delta &&
         config.theta_scale == published.theta_scale;
}

bool is_of_kind(const Config& config, const Config& compared, BaselineKind kind) {
  if (kind != BaselineKind::kRandom) {
    const bool is_plain = is_random(config) && evolves_as_published(config);
    return config.method == Method::kSet && config.pause == Measure::kNone &&
           (kind == BaselineKind::kSet || is_plain);
  }
  return is_random(config) && config.method == compared.method &&
         config.measure == compared.measure && config.pause == compared.pause;
}

/// The values of the settings that tell rows apart: those of evolution each by a number, as every
/// row is compared with many, and all others together.
struct Values {
  std::vector<std::size_t> evolution;
  std::string others;
};

std::vector<Values> values_of(std::span<const Row> rows) {
  std::unordered_map<std::string, std::size_t> numbers;
  std::vector<Values> values(rows.size());
  for (const Setting& setting : settings()) {
    if (!tells_rows_apart(setting)) continue;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const std::string value = setting.to_string(rows[r].config);
      if (setting.section == "evolution") {
        values[r].evolution.push_back(numbers.try_emplace(value, numbers.size()).first->second);
      } else {
        values[r].others += value + '\0';
      }
    }
  }
  return values;
}

std::size_t differences(const Values& a, const Values& b) {
  return static_cast<std::size_t>(std::inner_product(a.evolution.begin(), a.evolution.end(),
                                                     b.evolution.begin(), 0, std::plus<>(),
                                                     std::not_equal_to<>()));
}

}  // namespace

std::vector<const Row*> baselines_of(std::span<const Row> rows, BaselineKind kind) {
  const std::vector<Values> values = values_of(rows);
  std::unordered_map<std::string_view, std::vector<std::size_t>> alike;  // but for evolution
  for (std::size_t r = 0; r < rows.size(); ++r) alike[values[r].others].push_back(r);
  std::vector<const Row*> baselines(rows.size(), nullptr);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const Config& config = rows[r].config;
    if (is_of_kind(config, config, kind)) continue;
    std::size_t fewest = 0;
    for (const std::size_t candidate : alike[values[r].others]) {
      if (!is_of_kind(rows[candidate].config, config, kind)) continue;
      const std::size_t different = differences(values[r], values[candidate]);
      if (baselines[r] != nullptr && different >= fewest) continue;
      baselines[r] = &rows[candidate];
      fewest = different;
    }
  }
  return baselines;
}

}  // namespace regrow

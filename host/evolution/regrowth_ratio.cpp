#include "evolution/regrowth_ratio.h"

#include <algorithm>
#include <cmath>

#include "regrow/error.h"
#include "regrow/evolution/method.h"

namespace regrow {

double shaped(double x, double k) {
  x = std::clamp(x, -1.0, 1.0);  // beyond, there is a pole when k > 0
  return (x - x * k) / (k - 2 * k * std::abs(x) + 1);
}

double initial_loss(const EvolutionConfig& config, const History& history, std::uint32_t classes) {
  switch (config.initial_loss.kind) {
    case InitialLoss::Kind::kFirst:
      REGROW_CHECK(history.epochs > 0, "the first loss needs a first epoch");
      return measured(config.measure, history.first);
    case InitialLoss::Kind::kLnClasses:
      return std::log(static_cast<double>(classes));
    case InitialLoss::Kind::kValue:
      break;
  }
  return config.initial_loss.value;
}

double regrowth_ratio(const EvolutionConfig& config, const History& history,
                      std::uint32_t classes) {
  const MethodRow& method = method_row(config.method);
  REGROW_CHECK(method.evolves, "a network that does not evolve has no regrowth ratio");
  double shape = 0;
  if (!method.measures.empty() && history.epochs > 0) {
    const double now = measured(config.measure, history.last);
    double progress = now;  // an accuracy
    if (is_loss(config.measure)) {
      const double first = initial_loss(config, history, classes);
      // A first loss of exactly 0 leaves nothing to compare with: θ as in the first epoch.
      progress = first > 0 ? 1 - now / first : 0;
    }
    shape = shaped(progress, config.k);
  }
  return std::clamp(config.theta_scale * (1 - shape), 0.0, config.theta_max);
}

}  // namespace regrow

// The regrowth ratio θ: which share of the missing connections grows back.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "regrow/error.h"
#include "regrow/policy.h"

namespace regrow {

double shaped(double x, double k) {
  x = std::clamp(x, -1.0, 1.0);  // beyond, there is a pole when k > 0
  return (x - x * k) / (k - 2 * k * std::abs(x) + 1);
}

double initial_loss(const Config& config, const History& history, std::uint32_t classes) {
  if (config.initial_loss == "first") {
    REGROW_CHECK(history.epochs > 0, "the first loss needs a first epoch");
    return measured(config.measure, history.first);
  }
  if (config.initial_loss == "ln_classes") return std::log(static_cast<double>(classes));
  double value = 0;
  const char* end = config.initial_loss.data() + config.initial_loss.size();
  const auto parsed = std::from_chars(config.initial_loss.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end || !(value > 0) || !std::isfinite(value)) {
    throw UsageError("initial_loss: '" + config.initial_loss +
                     "'; allowed are first, ln_classes and a number above 0");
  }
  return value;
}

double regrowth_ratio(const Config& config, const History& history, std::uint32_t classes) {
  REGROW_CHECK(config.method != Method::kStatic && config.method != Method::kDense,
               "a network that does not evolve has no regrowth ratio");
  REGROW_CHECK(history.epochs > 0, "the regrowth ratio needs an epoch's record");
  double shape = 0;  // SET: S = 0
  if (config.method != Method::kSet) {
    const double now = measured(config.measure, history.last);
    double progress = now;  // an accuracy
    if (config.measure == Measure::kLoss || config.measure == Measure::kValLoss) {
      const double first = initial_loss(config, history, classes);
      // A first loss of exactly 0 leaves nothing to compare with: θ as in the first epoch.
      progress = first > 0 ? 1 - now / first : 0;
    }
    shape = shaped(progress, config.k);
  }
  return std::clamp(config.theta_scale * (1 - shape), 0.0, config.theta_max);
}

}  // namespace regrow

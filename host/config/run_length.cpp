// A cosine over all epochs ends with its run. One that goes on starts again at its full rate, so
// that no learning rate that was used would have been another. An evolution whose end or whose ζ or
// density depend on the run's length keeps to the length that it had.
#include "regrow/run_length.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "regrow/error.h"
#include "regrow/evolution/method.h"

namespace regrow {
namespace {

bool ends_with_its_cosine(const Config& config) {
  return config.schedule == Schedule::kCosine && config.decay_epochs == 0;
}

/// After which epochs its learning rate has fallen to 0.
std::vector<std::int64_t> ends_of_cosines(const RunLength& length) {
  std::vector<std::int64_t> ends = length.restart_epochs;
  ends.push_back(length.epochs);
  return ends;
}

/// True where T_end matters, which is a share of all epochs or of the first evolution_epochs.
bool evolves_by_length(const Config& config) {
  return method_row(config.method).evolves &&
         (config.evolve_until < 1 || config.zeta_schedule != Curve::kConstant ||
          config.density_schedule != Curve::kConstant);
}

/// The epochs that T_end is a share of.
std::int64_t epochs_of_evolution(const RunLength& length) {
  return length.evolution_epochs > 0 ? length.evolution_epochs : length.epochs;
}

bool keeps_evolution(const Config& config, const RunLength& length) {
  return evolves_by_length(config) ? epochs_of_evolution(length) == evolution_span(config)
                                   : length.evolution_epochs == config.evolution_epochs;
}

}  // namespace

bool is_of_length(std::string_view key) {
  return key == "epochs" || key == "patience" || key == "min_delta";
}

RunLength length_of(const Config& config) {
  return {config.epochs, config.restart_epochs, config.evolution_epochs, config.patience,
          config.min_delta};
}

void set_length(Config& config, const RunLength& length) {
  config.epochs = length.epochs;
  config.restart_epochs = length.restart_epochs;
  config.evolution_epochs = length.evolution_epochs;
  config.patience = length.patience;
  config.min_delta = length.min_delta;
}

std::int64_t evolution_span(const Config& config) {
  return evolves_by_length(config) ? epochs_of_evolution(length_of(config))
                                   : config.evolution_epochs;
}

RunLength length_with(const Config& config, std::int64_t epochs) {
  RunLength length = length_of(config);
  if (ends_with_its_cosine(config) && epochs != length.epochs) {
    const std::vector<std::int64_t> ends = ends_of_cosines(length);
    const auto end =
        std::find_if(ends.begin(), ends.end(), [&](std::int64_t each) { return each >= epochs; });
    if (end != ends.end() && *end != epochs) {
      throw UsageError(fmt::format(
          "--epochs {}: this run's learning rate falls along a cosine that ends after {} epochs, "
          "and another end would make it another run; ask for {} or more, or start a new run",
          epochs, fmt::join(ends, ", "), *end));
    }
    length.restart_epochs.assign(ends.begin(), end);
  }
  if (evolves_by_length(config) && epochs != length.epochs) {
    const std::int64_t kept = epochs_of_evolution(length);
    length.evolution_epochs = kept == epochs ? 0 : kept;
  }
  length.epochs = epochs;
  return length;
}

bool can_get(const Config& config, const RunLength& length) {
  if (!keeps_evolution(config, length)) return false;
  const RunLength own = length_of(config);
  if (!ends_with_its_cosine(config)) return length.restart_epochs == own.restart_epochs;
  if (length.epochs == own.epochs && length.restart_epochs == own.restart_epochs) return true;
  const std::vector<std::int64_t> former = ends_of_cosines(own), ends = ends_of_cosines(length);
  return ends.size() > former.size() && std::equal(former.begin(), former.end(), ends.begin()) &&
         std::is_sorted(ends.begin(), ends.end(), std::less_equal<>());
}

}  // namespace regrow

// A cosine over all epochs ends with its run. One that goes on starts again at its full rate, so
// that no learning rate that was used would have been another.
#include "regrow/run_length.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "regrow/error.h"

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

}  // namespace

RunLength length_of(const Config& config) { return {config.epochs, config.restart_epochs}; }

void set_length(Config& config, const RunLength& length) {
  config.epochs = length.epochs;
  config.restart_epochs = length.restart_epochs;
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
  length.epochs = epochs;
  return length;
}

bool can_get(const Config& config, const RunLength& length) {
  const RunLength own = length_of(config);
  if (!ends_with_its_cosine(config)) return length.restart_epochs == own.restart_epochs;
  if (length == own) return true;
  const std::vector<std::int64_t> former = ends_of_cosines(own), ends = ends_of_cosines(length);
  return ends.size() > former.size() && std::equal(former.begin(), former.end(), ends.begin()) &&
         std::is_sorted(ends.begin(), ends.end(), std::less_equal<>());
}

}  // namespace regrow

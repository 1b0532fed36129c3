#include "cli/run_cautions.h"

#include <fmt/format.h>

#include <optional>

#include "cli/run_resources.h"
#include "cli/terminal/number_text.h"
#include "regrow/divergence.h"
#include "regrow/evolution/method.h"

namespace regrow {
namespace {

std::optional<std::string> ignored_density(const Config& config) {
  const MethodRow& row = method_row(config.method);
  if (!row.is_dense || config.density <= 0) return std::nullopt;
  return fmt::format("--density {}: --method {} has all connections; it counts for nothing",
                     config.density, row.name);
}

std::optional<std::string> samples_left_out(const Config& config, const Dataset& dataset) {
  const std::uint64_t samples = view(dataset, Split::kTrain).size();
  const auto batch = static_cast<std::uint64_t>(config.batch);
  const std::uint64_t rest = samples % batch;
  if (rest == 0 || samples < batch) return std::nullopt;
  return fmt::format(
      "{} training samples are no whole number of batches of {}: each epoch leaves {} of them out, "
      "others every time; a --batch that divides their number leaves out none",
      grouped(samples), grouped(batch), grouped(rest));
}

}  // namespace

std::vector<std::string> cautions_of(const Config& config, const Dataset& dataset) {
  std::vector<std::string> lines;
  for (const auto& line : {too_many_threads(config.threads), ignored_density(config),
                           samples_left_out(config, dataset), certain_divergence(config)}) {
    if (line) lines.push_back(*line);
  }
  return lines;
}

}  // namespace regrow

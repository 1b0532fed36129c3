#include "cli/run_cautions.h"

#include <fmt/format.h>

#include <optional>

#include "cli/run_resources.h"
#include "cli/terminal/number_text.h"
#include "config/settings.h"
#include "evolution/schedule.h"
#include "regrow/divergence.h"
#include "regrow/evolution/method.h"
#include "regrow/trainer.h"

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

/// Of settings of a schedule, which then say nothing. A run of a single epoch has none by default.
std::optional<std::string> never_evolves(const Config& config, const Dataset& dataset) {
  const bool is_default =
      config.evolve_every == EvolutionInterval() && config.evolve_until == 1 && config.epochs == 1;
  if (!method_row(config.method).evolves || is_default) return std::nullopt;
  const TrainingSpan span = {steps_per_epoch(config, dataset), config.epochs};
  if (last_evolution(config, span) > 0) return std::nullopt;
  return fmt::format(
      "--evolve-every {}: evolution ends after {} steps, before the first one is due: no "
      "connection "
      "drops or grows; lower it, or raise --evolve-until or --epochs",
      value_text(config, "evolve_every"),
      grouped(static_cast<std::uint64_t>(schedule_end(config, span))));
}

/// As many cells grow as have dropped, in most methods.
std::optional<std::string> too_few_candidates(const Config& config) {
  if (!method_row(config.method).evolves || !config.grow.by_gradient ||
      config.candidates == CandidateLaw::kAll) {
    return std::nullopt;
  }
  const double zeta = static_cast<double>(config.zeta_millionths) / 1e6;
  if (config.candidate_ratio >= zeta) return std::nullopt;
  return fmt::format(
      "--candidate-ratio {}: fewer cells are candidates than the share {} of the connections that "
      "drops at first; all of them grow, and the rest of the growth is random; raise it",
      value_text(config, "candidate_ratio"), value_text(config, "zeta"));
}

}  // namespace

std::vector<std::string> cautions_of(const Config& config, const Dataset& dataset) {
  std::vector<std::string> lines;
  for (const auto& line : {too_many_threads(config.threads), ignored_density(config),
                           samples_left_out(config, dataset), never_evolves(config, dataset),
                           too_few_candidates(config), certain_divergence(config)}) {
    if (line) lines.push_back(*line);
  }
  return lines;
}

}  // namespace regrow

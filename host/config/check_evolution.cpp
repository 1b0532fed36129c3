#include "config/check_evolution.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "config/settings.h"
#include "regrow/error.h"
#include "regrow/evolution/method.h"

namespace regrow {
namespace {

/// "--zeta-schedule: 'linear'"
/// What a network that never evolves would be silent about. What has always been let pass, as ζ,
/// still is: a sweep may set it for all of its methods.
void check_that_it_evolves(const Config& config) {
  const MethodRow& row = method_row(config.method);
  if (row.evolves) return;
  const auto refuse = [&](const char* key) {
    throw UsageError(
        fmt::format("{} does not go with --method {}, which never evolves; leave {} out, or choose "
                    "--method set",
                    flag_and_value(config, key), row.name, flag_of(key)));
  };
  if (config.zeta_schedule != Curve::kConstant) refuse("zeta_schedule");
  if (config.density_schedule != Curve::kConstant) refuse("density_schedule");
  if (config.grace > 0) refuse("grace");
  if (config.candidates != CandidateLaw::kAll) refuse("candidates");
}

/// What would say nothing: of cells that no gradient ranks, and of the size of a sample that is
/// none.
void check_candidates(const Config& config) {
  const bool has_ratio = config.candidate_ratio != Config().candidate_ratio;
  if (!config.grow.by_gradient) {
    if (config.candidates == CandidateLaw::kAll && !has_ratio) return;
    const char* const key = has_ratio ? "candidate_ratio" : "candidates";
    throw UsageError(fmt::format(
        "{} does not go with --grow {}, which computes no gradients; leave {} out, or choose "
        "--grow gradient",
        flag_and_value(config, key), value_text(config, "grow"), flag_of(key)));
  }
  if (!has_ratio || config.candidates != CandidateLaw::kAll) return;
  throw UsageError(
      fmt::format("{} does not go with --candidates all, which is every inactive cell; leave "
                  "--candidate-ratio out, or choose --candidates uniform, grabo or graest",
                  flag_and_value(config, "candidate_ratio")));
}

/// An exponential multiplies, and never comes to 0 nor away from it.
[[noreturn]] void refuse_exponential(const char* key, const std::string& zero,
                                     const Config& config) {
  throw UsageError(fmt::format(
      "{} does not go with {}: an exponential neither starts nor ends at 0; choose another number, "
      "or {} linear, cosine or cubic",
      flag_and_value(config, key), zero, flag_of(key)));
}

void check_zeta(const Config& config) {
  if (config.zeta_schedule == Curve::kConstant) {
    if (config.final_zeta_millionths == 0) return;
    throw UsageError(fmt::format(
        "{} does not go with --zeta-schedule constant, which stays at --zeta; leave --final-zeta "
        "out, or choose --zeta-schedule linear, cosine, exponential or cubic",
        flag_and_value(config, "final_zeta")));
  }
  if (config.zeta_schedule != Curve::kExponential) return;
  if (config.zeta_millionths == 0) refuse_exponential("zeta_schedule", "--zeta 0", config);
  if (config.final_zeta_millionths == 0) {
    refuse_exponential("zeta_schedule", "--final-zeta 0", config);
  }
}

/// Of a random network; what another one has, its file says.
bool starts_without_connections(const Config& config) {
  if (!config.init_from.empty()) return false;
  if (!config.connections.empty()) {
    return std::all_of(config.connections.begin(), config.connections.end(),
                       [](std::int64_t count) { return count == 0; });
  }
  return config.density <= 0 && config.epsilon <= 0;
}

void check_density(const Config& config) {
  if (config.density_schedule == Curve::kConstant) {
    if (config.final_density <= 0) return;
    throw UsageError(fmt::format(
        "{} does not go with --density-schedule constant, which stays at the initial density; "
        "leave --final-density out, or choose --density-schedule linear, cosine, exponential or "
        "cubic",
        flag_and_value(config, "final_density")));
  }
  if (config.final_density <= 0) {
    throw UsageError(fmt::format(
        "{} needs a --final-density above 0; give one, as --final-density 0.01, or leave "
        "--density-schedule out",
        flag_and_value(config, "density_schedule")));
  }
  if (config.delta == GrowDelta::kRemoved) {
    throw UsageError(fmt::format(
        "{} does not go with --delta removed, which grows a share of what has dropped, whatever "
        "the density; leave one of them out",
        flag_and_value(config, "density_schedule")));
  }
  if (config.density_schedule == Curve::kExponential && starts_without_connections(config)) {
    refuse_exponential("density_schedule", "a network without connections", config);
  }
}

}  // namespace

void check_evolution(const Config& config) {
  check_that_it_evolves(config);
  check_candidates(config);
  check_zeta(config);
  check_density(config);
}

}  // namespace regrow

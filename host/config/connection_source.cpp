// Which of `epsilon`, `density` and `connections` says how many connections a network starts with.

#include "config/connection_source.h"

#include <fmt/format.h>

#include <initializer_list>
#include <string_view>

#include "regrow/error.h"

namespace regrow {
namespace {

void refuse_both(const GivenFlag& one, const GivenFlag& other) {
  throw UsageError(fmt::format(
      "{}: '{}' does not go with {} {}: both say how many connections there are at first; give one "
      "of them",
      one.source(), one.value, other.place.empty() ? other.setting->flag() : other.setting->key,
      other.value));
}

bool epsilon_decides(const Config& config) {
  return config.connections.empty() && config.density <= 0;
}

}  // namespace

void settle_connections(Config& config) {
  if (!config.connections.empty()) config.density = 0;
  if (!epsilon_decides(config)) config.epsilon = 0;
}

void apply_settings(Config& config, std::span<const GivenFlag> given, Layer layer,
                    double usual_epsilon) {
  const bool was_epsilon = epsilon_decides(config);
  for (const GivenFlag& flag : given) {
    flag.setting->set_from_string(config, flag.value, flag.source());
  }
  const GivenFlag* const epsilon = find_given(given, "epsilon");
  const GivenFlag* const density = find_given(given, "density");
  const GivenFlag* const connections = find_given(given, "connections");
  // A settled configuration is given whole, with 0 and nothing for what does not decide.
  const bool by_epsilon = epsilon != nullptr && config.epsilon > 0;
  const bool by_density = density != nullptr && config.density > 0;
  const bool by_connections = connections != nullptr && !config.connections.empty();
  if (by_density && by_connections) refuse_both(*density, *connections);
  if (by_density && by_epsilon) refuse_both(*density, *epsilon);
  if (by_connections && by_epsilon && layer == Layer::kFlags) refuse_both(*connections, *epsilon);

  if (by_density) {
    config.connections.clear();
  } else if (epsilon != nullptr && !by_connections) {
    config.density = 0;
    config.connections.clear();
  } else if (!was_epsilon && epsilon_decides(config)) {
    config.epsilon = usual_epsilon;
  }
  settle_connections(config);
}

}  // namespace regrow

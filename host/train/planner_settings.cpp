#include "train/planner_settings.h"

namespace regrow {

PlannerSettings planner_settings(const Config& config, const Dataset& dataset,
                                 const NetworkState& network, std::uint32_t steps_per_epoch) {
  PlannerSettings settings;
  settings.config = config;
  settings.seed = static_cast<std::uint64_t>(config.seed);
  settings.span = {steps_per_epoch, config.epochs};
  settings.image = {dataset.shape, dataset.order};
  settings.classes = dataset.classes();
  settings.weight_init = config.weight_init;
  settings.keeps_slots = config.momentum_reset == MomentumReset::kNever;
  settings.layers = planned_layers(network);
  return settings;
}

}  // namespace regrow

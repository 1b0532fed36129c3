#include "regrow/training_cost.h"

#include <algorithm>
#include <numeric>

namespace regrow {
namespace {

struct StepCost {
  std::uint64_t hidden = 0;  // connections
  std::uint64_t all = 0;
  std::uint64_t after_first = 0;  // whose layers' inputs have gradients
};

StepCost cost_of(std::span<const std::uint64_t> connections) {
  StepCost cost;
  cost.all = std::accumulate(connections.begin(), connections.end(), std::uint64_t{0});
  cost.hidden = cost.all - connections.back();
  cost.after_first = cost.all - connections.front();
  return cost;
}

void add_forward(TrainingCost& cost, const StepCost& step, std::uint64_t batch,
                 std::uint64_t count) {
  cost.steps += count;
  cost.connection_steps += step.hidden * count;
  if (count > 0) cost.peak_connections = std::max(cost.peak_connections, step.hidden);
  cost.forward += step.all * batch * count;
}

}  // namespace

void add_steps(TrainingCost& cost, std::span<const std::uint64_t> connections, std::uint64_t batch,
               std::uint64_t count) {
  const StepCost step = cost_of(connections);
  add_forward(cost, step, batch, count);
  cost.backward += (step.all + step.after_first) * batch * count;
}

void add_scoring_step(TrainingCost& cost, std::span<const std::uint64_t> connections,
                      std::uint64_t batch, std::uint64_t scored) {
  const StepCost step = cost_of(connections);
  add_forward(cost, step, batch, 1);
  cost.backward += step.after_first * batch;
  cost.scoring += scored * batch;
}

double mean_connections(const TrainingCost& cost) {
  if (cost.steps == 0) return 0;
  return static_cast<double>(cost.connection_steps) / static_cast<double>(cost.steps);
}

}  // namespace regrow

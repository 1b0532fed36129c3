// What training has cost, counted: the same on every device. A connection's multiplication and
// addition count as one multiply-add, two FLOPs; neurons, the loss and the optimiser are not
// counted, nor is evaluation.
#pragma once

#include <cstdint>
#include <span>

namespace regrow {

struct TrainingCost {
  std::uint64_t steps = 0;             // those included whose place an evolution took
  std::uint64_t connection_steps = 0;  // hidden layers' connections, summed over the steps
  std::uint64_t peak_connections = 0;  // of hidden layers together, in a step
  // Multiply-adds.
  std::uint64_t forward = 0;   // every connection, the output layer's included, and every sample
  std::uint64_t backward = 0;  // the same for weights; for layers' inputs, but of the first, again
  std::uint64_t scoring = 0;   // gradients of cells that are scored

  bool operator==(const TrainingCost&) const = default;
};

/// `count` steps of `batch` samples. connections: of every layer, the output layer's last.
void add_steps(TrainingCost& cost, std::span<const std::uint64_t> connections, std::uint64_t batch,
               std::uint64_t count);
/// A step whose place an evolution takes: without weight gradients, but with those of `scored`
/// cells.
void add_scoring_step(TrainingCost& cost, std::span<const std::uint64_t> connections,
                      std::uint64_t batch, std::uint64_t scored);

/// Hidden layers' connections, a mean over the steps; 0 before the first.
double mean_connections(const TrainingCost& cost);

}  // namespace regrow

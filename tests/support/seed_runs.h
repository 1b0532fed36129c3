// Small runs of every kind, each stopped somewhere: what tests and fuzzers of checkpoints start
// from.
#pragma once

#include <string>
#include <vector>

#include "support/checkpoint_use.h"

namespace regrow::tests {

struct SeedRun {
  std::string name;
  RunFiles files;

  const std::string& checkpoint() const { return files.at("last.safetensors"); }
};

/// Trained in a moment, always the same but for seconds. Networks of 6 inputs, two hidden layers of
/// 5 and 4 neurons and 3 classes; epochs of 5 steps.
std::vector<SeedRun> seed_runs();

}  // namespace regrow::tests

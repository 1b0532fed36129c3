// The paper's problem in memory, for timing: CIFAR-10-shaped images of noise and the network
// 3072-4000-1000-4000-10 at ε = 20.
#pragma once

#include <cstdint>
#include <memory>

#include "bench/problem.h"
#include "regrow/backend.h"
#include "regrow/config.h"
#include "regrow/dataset.h"
#include "regrow/network_state.h"
#include "regrow/trainer.h"

namespace regrow::bench {

inline std::shared_ptr<const Dataset> paper_dataset(std::uint32_t train, std::uint32_t test) {
  return noise_dataset(problem_size("paper").shape, train, test);
}

inline NetworkState paper_network() {
  return initial_network(preset_config(PresetName::kPaper, DatasetName::kCifar10), 3072, 10);
}

/// `full`: with dropout and augmentation, as the paper trains; else the bare step.
inline BackendOptions paper_options(bool full, unsigned threads) {
  BackendOptions options =
      backend_options(preset_config(PresetName::kPaper, DatasetName::kCifar10));
  options.threads = threads;
  if (!full) {
    options.dropout = 0;
    options.augmentation.enabled = false;
  }
  return options;
}

}  // namespace regrow::bench

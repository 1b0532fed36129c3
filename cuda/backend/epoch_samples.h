// Which samples an epoch visits, and how each is warped: made on the host, an epoch ahead, while
// the device trains.
#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <vector>

#include "regrow/augmentation.h"
#include "regrow/backend.h"
#include "regrow/dataset.h"

namespace regrow::cuda {

struct EpochSamples {
  std::uint32_t epoch = 0;
  std::vector<std::uint32_t> samples;  // [positions], into Dataset::train
  std::vector<AffineMatrix> matrices;  // [positions], or empty: not augmented
};

class EpochSampler {
 public:
  EpochSampler(std::shared_ptr<const Dataset> dataset, const BackendOptions& options)
      : dataset_(std::move(dataset)), options_(options) {}

  /// Of `epoch`; then starts on the one after it.
  EpochSamples take(std::uint32_t epoch);

 private:
  std::shared_ptr<const Dataset> dataset_;
  BackendOptions options_;
  std::future<EpochSamples> next_;  // its destructor waits
};

}  // namespace regrow::cuda

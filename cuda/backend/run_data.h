// What a run needs on the device besides its network: the data set, the samples of the epoch at
// hand, and the arrays that a step or an evaluation reads its labels from and leaves its sums in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "backend/device_data.h"
#include "backend/epoch_samples.h"
#include "common/runtime.h"
#include "regrow/backend.h"
#include "step/layer_views.h"
#include "step/load_batch.h"
#include "step/output.h"

namespace regrow::cuda {

/// Wide enough to fill a GPU; evaluating more samples at once only costs memory.
inline constexpr std::uint32_t kMostEvaluated = 512;

class RunData {
 public:
  RunData(std::shared_ptr<const Dataset> dataset, const BackendOptions& options,
          const Stream& stream);

  /// Brings the samples of `epoch` to the device, where they are not there yet.
  void start_epoch(std::uint32_t epoch);
  /// Of the epoch's samples in their order.
  BatchSource training_batches() const;
  /// Of a split's samples as they are.
  BatchSource split(Split split) const { return data_.split(*dataset_, split); }

  /// The loss that training minimises, and as an evaluation has it.
  Loss training_loss() const;
  Loss evaluation_loss() const;

  /// The device memory that a RunData of these takes, with another batch size than options'.
  static std::uint64_t bytes(const Dataset& dataset, const BackendOptions& options,
                             std::uint32_t batch);

  DeviceArray<StepState> state;        // [1]
  DeviceArray<step::StepRates> rates;  // [steps of an epoch]
  DeviceArray<StepSums> sums;          // [steps of an epoch]
  DeviceArray<std::uint16_t> labels;   // [larger width]
  DeviceArray<float> targets;          // [larger width][outputs], where the data has targets
  DeviceArray<float> losses;           // [samples of the largest file, and a batch of pad]
  DeviceArray<std::uint32_t> hits;     // the same

 private:
  std::shared_ptr<const Dataset> dataset_;
  Interpolation interpolation_;
  LossSettings loss_;
  EpochSampler sampler_;
  DeviceData data_;
  std::optional<std::uint32_t> epoch_;  // the one that the next two are of
  DeviceArray<std::uint32_t> samples_;  // [positions of an epoch]
  DeviceArray<AffineMatrix> matrices_;  // the same, where augmented
  DeviceArray<float> class_weights_;    // [classes], or empty: all are 1
};

}  // namespace regrow::cuda

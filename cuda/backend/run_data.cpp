#include "backend/run_data.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "backend/device_network.h"

namespace regrow::cuda {
namespace {

std::size_t step_count(const Dataset& dataset, std::uint32_t batch) {
  return std::max<std::size_t>(1, dataset.train_ids.size() / batch);
}

/// Losses are kept of a whole file, so that an evaluation adds them up at once.
std::size_t loss_count(const Dataset& dataset, std::uint32_t batch) {
  return std::max(dataset.train.size(), dataset.test.size()) + kMostEvaluated + padded_width(batch);
}

}  // namespace

RunData::RunData(std::shared_ptr<const Dataset> dataset, const BackendOptions& options,
                 const Stream& stream)
    : state(1, "step", stream),
      rates(step_count(*dataset, options.batch_size), "learning rates", stream),
      sums(step_count(*dataset, options.batch_size), "sums of losses", stream),
      labels(std::max(padded_width(options.batch_size), kMostEvaluated), "labels", stream),
      losses(loss_count(*dataset, options.batch_size), "losses", stream),
      hits(loss_count(*dataset, options.batch_size), "hits", stream),
      dataset_(std::move(dataset)),
      interpolation_(options.augmentation.interpolation),
      sampler_(dataset_, options),
      data_(*dataset_, stream),
      samples_(dataset_->train_ids.size(), "samples of an epoch", stream),
      matrices_(options.augmentation.enabled ? dataset_->train_ids.size() : 0, "warps of an epoch",
                stream) {}

void RunData::start_epoch(std::uint32_t epoch) {
  if (epoch_ == epoch) return;
  const EpochSamples next = sampler_.take(epoch);
  samples_.upload(next.samples);
  matrices_.upload(next.matrices);
  epoch_ = epoch;
}

BatchSource RunData::training_batches() const {
  BatchSource source = data_.images_of(*dataset_, Split::kTrain);
  source.samples = samples_.data();
  source.matrices = matrices_.data();
  source.interpolation = interpolation_;
  return source;
}

std::uint64_t RunData::bytes(const Dataset& dataset, std::uint32_t batch, bool augmented) {
  return DeviceData::bytes(dataset) +
         dataset.train_ids.size() *
             (sizeof(std::uint32_t) + (augmented ? sizeof(AffineMatrix) : 0)) +
         loss_count(dataset, batch) * (sizeof(float) + sizeof(std::uint32_t)) +
         std::uint64_t{std::max(padded_width(batch), kMostEvaluated)} * sizeof(std::uint16_t) +
         step_count(dataset, batch) * (sizeof(float) + sizeof(StepSums)) + sizeof(StepState);
}

}  // namespace regrow::cuda

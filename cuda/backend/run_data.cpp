#include "backend/run_data.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "backend/device_network.h"
#include "backend_interface/class_weights.h"

namespace regrow::cuda {
namespace {

std::size_t step_count(const Dataset& dataset, std::uint32_t batch) {
  return std::max<std::size_t>(1, dataset.train_ids.size() / batch);
}

/// Losses are kept of a whole file, so that an evaluation adds them up at once.
std::size_t loss_count(const Dataset& dataset, std::uint32_t batch) {
  return std::max(dataset.train.size(), dataset.test.size()) + kMostEvaluated + padded_width(batch);
}

std::uint32_t larger_width(std::uint32_t batch) {
  return std::max(padded_width(batch), kMostEvaluated);
}

std::size_t target_count(const Dataset& dataset, std::uint32_t batch) {
  return dataset.has_targets() ? std::size_t{larger_width(batch)} * dataset.classes() : 0;
}

}  // namespace

RunData::RunData(std::shared_ptr<const Dataset> dataset, const BackendOptions& options,
                 const Stream& stream)
    : state(1, "step", stream),
      rates(step_count(*dataset, options.batch_size), "learning rates", stream),
      sums(step_count(*dataset, options.batch_size), "sums of losses", stream),
      labels(larger_width(options.batch_size), "labels", stream),
      targets(target_count(*dataset, options.batch_size), "targets", stream),
      losses(loss_count(*dataset, options.batch_size), "losses", stream),
      hits(loss_count(*dataset, options.batch_size), "hits", stream),
      dataset_(std::move(dataset)),
      interpolation_(options.augmentation.interpolation),
      loss_(options.loss),
      sampler_(dataset_, options),
      data_(*dataset_, stream),
      samples_(dataset_->train_ids.size(), "samples of an epoch", stream),
      matrices_(options.augmentation.enabled ? dataset_->train_ids.size() : 0, "warps of an epoch",
                stream),
      class_weights_(std::span<const float>(class_weights(options.loss.class_weights, *dataset_)),
                     "class weights", stream) {}

void RunData::start_epoch(std::uint32_t epoch) {
  if (epoch_ == epoch) return;
  const EpochSamples next = sampler_.take(epoch);
  samples_.upload(next.samples);
  matrices_.upload(next.matrices);
  epoch_ = epoch;
}

BatchSource RunData::training_batches() const {
  BatchSource source = data_.file_of(*dataset_, Split::kTrain);
  source.samples = samples_.data();
  source.matrices = matrices_.data();
  source.interpolation = interpolation_;
  return source;
}

Loss RunData::evaluation_loss() const {
  Loss loss;
  loss.kind = loss_.kind;
  loss.targets = targets.data();
  return loss;
}

Loss RunData::training_loss() const {
  Loss loss = evaluation_loss();
  loss.label_smoothing = static_cast<float>(loss_.label_smoothing);
  loss.class_weights = class_weights_.data();
  return loss;
}

std::uint64_t RunData::bytes(const Dataset& dataset, const BackendOptions& options,
                             std::uint32_t batch) {
  const ClassWeights& weights = options.loss.class_weights;
  const bool weighted = weights.balanced || !weights.values.empty();
  return DeviceData::bytes(dataset) +
         dataset.train_ids.size() *
             (sizeof(std::uint32_t) + (options.augmentation.enabled ? sizeof(AffineMatrix) : 0)) +
         loss_count(dataset, batch) * (sizeof(float) + sizeof(std::uint32_t)) +
         larger_width(batch) * sizeof(std::uint16_t) +
         target_count(dataset, batch) * sizeof(float) +
         (weighted ? dataset.classes() * sizeof(float) : 0) +
         step_count(dataset, batch) * (sizeof(step::StepRates) + sizeof(StepSums)) +
         sizeof(StepState);
}

}  // namespace regrow::cuda

#include "backend/epoch_samples.h"

namespace regrow::cuda {
namespace {

EpochSamples make_epoch(const Dataset& dataset, const BackendOptions& options,
                        std::uint32_t epoch) {
  EpochSamples result;
  result.epoch = epoch;
  result.samples =
      sample_order(options.seed, epoch, static_cast<std::uint32_t>(dataset.train_ids.size()));
  for (std::uint32_t& sample : result.samples) sample = dataset.train_ids[sample];
  if (options.augmentation.enabled) {
    for (std::size_t position = 0; position < result.samples.size(); ++position) {
      result.matrices.push_back(
          augmentation_matrix(options.augmentation, dataset.shape, options.seed, epoch, position));
    }
  }
  return result;
}

}  // namespace

EpochSamples EpochSampler::take(std::uint32_t epoch) {
  EpochSamples result;
  if (next_.valid()) result = next_.get();
  // Not the epoch that was foreseen: the first one, or after a jump.
  if (result.samples.empty() || result.epoch != epoch) {
    result = make_epoch(*dataset_, options_, epoch);
  }
  next_ = std::async(std::launch::async, [dataset = dataset_, options = options_, epoch] {
    return make_epoch(*dataset, options, epoch + 1);
  });
  return result;
}

}  // namespace regrow::cuda

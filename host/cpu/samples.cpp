#include "cpu/samples.h"

#include "regrow/sample_order.h"

namespace regrow::cpu {

template <typename SampleOf>
void Samples::gather(const LabelledSamples& images, std::size_t count, const SampleOf& sample_of) {
  images_.resize(count);
  labels_.resize(count);
  targets_.resize(images.targets.empty() ? 0 : count);
  const std::size_t features = dataset_->shape.features();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t sample = sample_of(i);
    images_[i] = images.bytes().data() + sample * features;
    labels_[i] = images.labels[sample];
    if (!targets_.empty()) targets_[i] = images.targets.data() + sample * dataset_->classes();
  }
}

void Samples::choose_for_training(std::uint64_t seed, std::uint32_t epoch, std::size_t first,
                                  std::size_t count) {
  const std::vector<std::uint32_t>& ids = dataset_->train_ids;
  if (order_epoch_ != epoch) {
    order_ = sample_order(seed, epoch, static_cast<std::uint32_t>(ids.size()));
    order_epoch_ = epoch;
  }
  gather(dataset_->train, count, [&](std::size_t i) { return ids[order_[first + i]]; });
}

void Samples::choose(const SplitView& split) {
  gather(*split.samples, split.size(), [&](std::size_t i) { return split.sample(i); });
}

}  // namespace regrow::cpu

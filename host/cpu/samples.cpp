#include "cpu/samples.h"

#include "regrow/sample_order.h"

namespace regrow::cpu {

template <typename SampleOf>
void Samples::gather(const LabelledSamples& samples, std::size_t count, const SampleOf& sample_of) {
  features_ = &samples.features;
  ids_.resize(count);
  labels_.resize(count);
  targets_.resize(samples.targets.empty() ? 0 : count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t sample = sample_of(i);
    ids_[i] = static_cast<std::uint32_t>(sample);
    labels_[i] = samples.labels[sample];
    if (!targets_.empty()) targets_[i] = samples.targets.data() + sample * dataset_->classes();
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

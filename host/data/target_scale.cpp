// Numbers to predict, scaled so that one learning rate suits them all.
#include <cmath>
#include <cstddef>
#include <vector>

#include "regrow/dataset.h"

namespace regrow {
namespace {

/// The mean of `value` of the samples' target, in two passes' precision for what is far from 0.
template <typename Value>
double mean_over(const SplitView& train, Value value) {
  double sum = 0;
  for (std::size_t i = 0; i < train.size(); ++i) sum += value(train.sample(i));
  return sum / static_cast<double>(train.size());
}

}  // namespace

TargetScale compute_target_scale(const Dataset& dataset) {
  const SplitView train = view(dataset, Split::kTrain);
  const std::size_t width = dataset.classes();
  TargetScale scale;
  for (std::size_t k = 0; k < width; ++k) {
    const auto target = [&](std::size_t sample) {
      return double{train.samples->targets[sample * width + k]};
    };
    const double mean = mean_over(train, target);
    const double variance = mean_over(train, [&](std::size_t sample) {
      const double difference = target(sample) - mean;
      return difference * difference;
    });
    scale.mean.push_back(mean);
    scale.deviation.push_back(variance > 0 ? std::sqrt(variance) : 1);
  }
  return scale;
}

void scale_targets(Dataset& dataset, const TargetScale& scale) {
  const std::size_t width = dataset.classes();
  for (LabelledSamples* const samples : {&dataset.train, &dataset.test}) {
    for (std::size_t i = 0; i < samples->targets.size(); ++i) {
      const std::size_t k = i % width;
      samples->targets[i] =
          static_cast<float>((double{samples->targets[i]} - scale.mean[k]) / scale.deviation[k]);
    }
  }
  dataset.target_scale = scale;
}

}  // namespace regrow

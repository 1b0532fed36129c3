#include "reference/batch.h"

#include "reference/load_batch.h"

namespace regrow::reference {

namespace {

Batch empty_batch(const Dataset& dataset, std::size_t size) {
  const std::size_t targets = dataset.has_targets() ? dataset.classes() : 0;
  return {Matrix(dataset.shape.features() * size), std::vector<std::uint16_t>(size),
          Matrix(targets * size)};
}

// One column of X, and what the sample is to come to.
void put_sample(const Dataset& dataset, std::span<const double> inputs,
                const LabelledSamples& images, std::size_t sample, std::size_t position,
                Batch& batch) {
  for (std::size_t f = 0; f < inputs.size(); ++f) {
    batch.inputs[f * batch.size() + position] = inputs[f];
  }
  batch.labels[position] = images.labels[sample];
  const std::size_t outputs = dataset.classes();
  for (std::size_t k = 0; k < outputs && !batch.targets.empty(); ++k) {
    batch.targets[k * batch.size() + position] = double{images.targets[sample * outputs + k]};
  }
}

}  // namespace

Batch training_batch(const Dataset& dataset, const BackendOptions& options,
                     std::span<const std::uint32_t> order, std::uint32_t epoch, std::size_t first) {
  const SplitView split = view(dataset, Split::kTrain);
  Batch batch = empty_batch(dataset, options.batch_size);
  for (std::size_t s = 0; s < batch.size(); ++s) {
    const std::size_t position = first + s;
    const std::size_t sample = split.sample(order[position]);
    Matrix inputs = standardised_inputs(dataset, *split.samples, sample);
    if (options.augmentation.enabled) {
      const AffineMatrix matrix =
          augmentation_matrix(options.augmentation, dataset.shape, options.seed, epoch, position);
      inputs = resampled(dataset.shape, dataset.order, inputs, matrix,
                         options.augmentation.interpolation);
    }
    put_sample(dataset, inputs, *split.samples, sample, s, batch);
  }
  return batch;
}

Batch evaluation_batch(const Dataset& dataset, Split split, std::size_t first, std::size_t last) {
  const SplitView samples = view(dataset, split);
  Batch batch = empty_batch(dataset, last - first);
  for (std::size_t s = 0; s < batch.size(); ++s) {
    const std::size_t sample = samples.sample(first + s);
    put_sample(dataset, standardised_inputs(dataset, *samples.samples, sample), *samples.samples,
               sample, s, batch);
  }
  return batch;
}

}  // namespace regrow::reference

#include "backend/device_data.h"

#include <cstddef>
#include <span>
#include <vector>

namespace regrow::cuda {
namespace {

std::vector<PixelLaw> pixel_laws(const Dataset& dataset) {
  std::vector<PixelLaw> laws;
  for (std::uint32_t channel = 0; channel < dataset.shape.channels; ++channel) {
    for (std::uint32_t pixel = 0; pixel < dataset.shape.pixels(); ++pixel) {
      const std::uint32_t feature = feature_index(dataset.shape, dataset.order, channel, pixel);
      const double deviation = dataset.standardisation.deviation[feature];
      laws.push_back({static_cast<float>(1 / deviation),
                      static_cast<float>(-dataset.standardisation.mean[feature] / deviation)});
    }
  }
  return laws;
}

}  // namespace

DeviceData::Images DeviceData::upload(const LabelledSamples& images, const char* what,
                                      const Stream& stream) {
  return {{std::span<const std::uint8_t>(images.pixels), what, stream},
          {std::span<const std::uint16_t>(images.labels), what, stream},
          {std::span<const float>(images.targets), what, stream}};
}

DeviceData::DeviceData(const Dataset& dataset, const Stream& stream)
    : train_(upload(dataset.train, "training data", stream)),
      test_(upload(dataset.test, "test data", stream)),
      train_ids_(std::span<const std::uint32_t>(dataset.train_ids), "training samples", stream),
      validation_ids_(std::span<const std::uint32_t>(dataset.validation_ids), "validation samples",
                      stream),
      pixel_laws_(std::span<const PixelLaw>(pixel_laws(dataset)), "standardisation", stream) {}

BatchSource DeviceData::images_of(const Dataset& dataset, Split split) const {
  const Images& images = view(dataset, split).samples == &dataset.train ? train_ : test_;
  BatchSource source;
  source.pixels = images.pixels.data();
  source.labels = images.labels.data();
  source.targets = images.targets.data();
  source.pixel_laws = pixel_laws_.data();
  source.shape = dataset.shape;
  source.order = dataset.order;
  return source;
}

BatchSource DeviceData::split(const Dataset& dataset, Split split) const {
  BatchSource source = images_of(dataset, split);
  const std::vector<std::uint32_t>* ids = view(dataset, split).ids;
  if (ids == &dataset.train_ids) source.samples = train_ids_.data();
  if (ids == &dataset.validation_ids) source.samples = validation_ids_.data();
  return source;
}

std::uint64_t DeviceData::bytes(const Dataset& dataset) {
  const auto of = [](const LabelledSamples& images) {
    return images.pixels.size() + images.labels.size() * sizeof(std::uint16_t) +
           images.targets.size() * sizeof(float);
  };
  return of(dataset.train) + of(dataset.test) +
         (dataset.train_ids.size() + dataset.validation_ids.size()) * sizeof(std::uint32_t) +
         dataset.shape.features() * sizeof(PixelLaw);
}

}  // namespace regrow::cuda

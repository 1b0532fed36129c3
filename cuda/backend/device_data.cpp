#include "backend/device_data.h"

#include <cstddef>
#include <span>
#include <vector>

namespace regrow::cuda {
namespace {

/// law(mean, deviation) of each feature, in the order of the file.
template <typename Law>
std::vector<Law> laws_in_file_order(const Dataset& dataset, Law (*law)(double, double)) {
  std::vector<Law> laws;
  laws.reserve(dataset.shape.features());
  for (std::uint32_t channel = 0; channel < dataset.shape.channels; ++channel) {
    for (std::uint32_t pixel = 0; pixel < dataset.shape.pixels(); ++pixel) {
      const std::uint32_t feature = feature_index(dataset.shape, dataset.order, channel, pixel);
      laws.push_back(
          law(dataset.standardisation.mean[feature], dataset.standardisation.deviation[feature]));
    }
  }
  return laws;
}

bool has_bytes(const Dataset& dataset) { return kind_of(dataset) == FeatureKind::kBytes; }

std::vector<step::ByteLaw> byte_laws(const Dataset& dataset) {
  if (!has_bytes(dataset)) return {};
  return laws_in_file_order(dataset, step::byte_law);
}

std::vector<step::FloatLaw> float_laws(const Dataset& dataset) {
  if (has_bytes(dataset)) return {};
  return laws_in_file_order(dataset, step::float_law);
}

}  // namespace

DeviceData::Arrays DeviceData::upload(const Features& features, const char* what,
                                      const Stream& stream) {
  const auto on_device = [&]<typename T>(const std::vector<T>& values) {
    return DeviceArray<T>(std::span<const T>(values), what, stream);
  };
  if (const auto* rows = std::get_if<SparseRows>(&features)) {
    return Rows{on_device(rows->row_begin), on_device(rows->columns), on_device(rows->values)};
  }
  if (const auto* floats = std::get_if<FloatFeatures>(&features)) return on_device(*floats);
  return on_device(std::get<ByteFeatures>(features));
}

DeviceData::Samples DeviceData::upload(const LabelledSamples& samples, const char* what,
                                       const Stream& stream) {
  return {upload(samples.features, what, stream),
          {std::span<const std::uint16_t>(samples.labels), what, stream},
          {std::span<const float>(samples.targets), what, stream}};
}

DeviceData::DeviceData(const Dataset& dataset, const Stream& stream)
    : train_(upload(dataset.train, "training data", stream)),
      test_(upload(dataset.test, "test data", stream)),
      train_ids_(std::span<const std::uint32_t>(dataset.train_ids), "training samples", stream),
      validation_ids_(std::span<const std::uint32_t>(dataset.validation_ids), "validation samples",
                      stream),
      byte_laws_(std::span<const step::ByteLaw>(byte_laws(dataset)), "standardisation", stream),
      float_laws_(std::span<const step::FloatLaw>(float_laws(dataset)), "standardisation", stream) {
}

FeatureSource DeviceData::source_of(const Arrays& features) const {
  if (const auto* rows = std::get_if<Rows>(&features)) {
    return SparseSource{rows->row_begin.data(), rows->columns.data(), rows->values.data(),
                        float_laws_.data()};
  }
  if (const auto* floats = std::get_if<DeviceArray<float>>(&features)) {
    return FloatSource{floats->data(), float_laws_.data()};
  }
  return ByteSource{std::get<DeviceArray<std::uint8_t>>(features).data(), byte_laws_.data()};
}

BatchSource DeviceData::file_of(const Dataset& dataset, Split split) const {
  const Samples& samples = view(dataset, split).samples == &dataset.train ? train_ : test_;
  BatchSource source;
  source.features = source_of(samples.features);
  source.labels = samples.labels.data();
  source.targets = samples.targets.data();
  source.shape = dataset.shape;
  source.order = dataset.order;
  return source;
}

BatchSource DeviceData::split(const Dataset& dataset, Split split) const {
  BatchSource source = file_of(dataset, split);
  const std::vector<std::uint32_t>* ids = view(dataset, split).ids;
  if (ids == &dataset.train_ids) source.samples = train_ids_.data();
  if (ids == &dataset.validation_ids) source.samples = validation_ids_.data();
  return source;
}

std::uint64_t DeviceData::bytes(const Dataset& dataset) {
  const auto of = [](const LabelledSamples& samples) {
    return bytes_of(samples.features) + samples.labels.size() * sizeof(std::uint16_t) +
           samples.targets.size() * sizeof(float);
  };
  const std::uint64_t law = has_bytes(dataset) ? sizeof(step::ByteLaw) : sizeof(step::FloatLaw);
  return of(dataset.train) + of(dataset.test) +
         (dataset.train_ids.size() + dataset.validation_ids.size()) * sizeof(std::uint32_t) +
         dataset.shape.features() * law;
}

}  // namespace regrow::cuda

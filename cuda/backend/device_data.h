// A data set in device memory: the samples as they are in the host's, bytes, floats or sparse rows,
// their labels, and what standardises them.
#pragma once

#include <cstdint>
#include <variant>

#include "common/runtime.h"
#include "regrow/dataset.h"
#include "step/load_batch.h"

namespace regrow::cuda {

class DeviceData {
 public:
  DeviceData(const Dataset& dataset, const Stream& stream);

  /// All samples of a split's file, without the choice of them and matrices, which are the
  /// caller's.
  BatchSource file_of(const Dataset& dataset, Split split) const;
  /// The same with the split's own samples.
  BatchSource split(const Dataset& dataset, Split split) const;

  static std::uint64_t bytes(const Dataset& dataset);

 private:
  struct Rows {
    DeviceArray<std::uint64_t> row_begin;
    DeviceArray<std::uint32_t> columns;
    DeviceArray<float> values;
  };
  using Arrays = std::variant<DeviceArray<std::uint8_t>, DeviceArray<float>, Rows>;
  struct Samples {
    Arrays features;
    DeviceArray<std::uint16_t> labels;
    DeviceArray<float> targets;  // empty where the data has labels
  };
  static Arrays upload(const Features& features, const char* what, const Stream& stream);
  static Samples upload(const LabelledSamples& samples, const char* what, const Stream& stream);
  FeatureSource source_of(const Arrays& features) const;

  Samples train_;
  Samples test_;
  DeviceArray<std::uint32_t> train_ids_;
  DeviceArray<std::uint32_t> validation_ids_;
  DeviceArray<step::ByteLaw> byte_laws_;    // where the features are bytes; else empty
  DeviceArray<step::FloatLaw> float_laws_;  // where they are not
};

}  // namespace regrow::cuda

// A data set in device memory: the images as they are in the files, labels, and what standardises
// them.
#pragma once

#include <cstdint>
#include <memory>

#include "common/runtime.h"
#include "regrow/dataset.h"
#include "step/load_batch.h"

namespace regrow::cuda {

class DeviceData {
 public:
  DeviceData(const Dataset& dataset, const Stream& stream);

  /// All images of a split's file, without samples and matrices, which the caller chooses.
  BatchSource images_of(const Dataset& dataset, Split split) const;
  /// The same with the split's own samples.
  BatchSource split(const Dataset& dataset, Split split) const;

  static std::uint64_t bytes(const Dataset& dataset);

 private:
  struct Images {
    DeviceArray<std::uint8_t> pixels;
    DeviceArray<std::uint16_t> labels;
    DeviceArray<float> targets;  // empty where the data has labels
  };
  static Images upload(const LabelledSamples& images, const char* what, const Stream& stream);

  Images train_;
  Images test_;
  DeviceArray<std::uint32_t> train_ids_;
  DeviceArray<std::uint32_t> validation_ids_;
  DeviceArray<PixelLaw> pixel_laws_;
};

}  // namespace regrow::cuda

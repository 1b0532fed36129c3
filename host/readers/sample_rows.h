// Samples taken out of many, in whatever kind of memory they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "regrow/dataset.h"

namespace regrow {

struct PartedSamples {
  LabelledSamples chosen;  // in the order of their ids
  LabelledSamples others;
};

/// `ids`: ascending. features: of a sample.
PartedSamples parted(LabelledSamples&& samples, std::span<const std::uint32_t> ids,
                     std::size_t features);

FloatFeatures as_floats(Features&& features, std::size_t of_a_sample);

/// "3 × 32 × 32", or "64" of a table.
std::string inputs_text(const ImageShape& shape);

}  // namespace regrow

// Histograms of a layer's weights and degrees, in few buckets: TensorBoard shows no more than 30.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "io/event_file.h"

namespace regrow {

inline constexpr std::size_t kMostBuckets = 30;

/// Buckets of equal width from the smallest to the largest value; where those are equal, one bucket
/// of width 1 around them. Values that no float holds are left out; without values no buckets.
Histogram value_histogram(std::string tag, std::span<const double> values);

/// Buckets around every integer from the smallest to the largest degree, from d − ½ to d + ½; where
/// those were too many, around so many integers each that kMostBuckets suffice. Without degrees no
/// buckets.
Histogram degree_histogram(std::string tag, std::span<const std::uint32_t> degrees);

}  // namespace regrow

// From a stored sample to network inputs: standardise each value, then resample.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "regrow/augmentation.h"
#include "regrow/dataset.h"

namespace regrow::reference {

/// (value − mean) / deviation of every network input of one sample: [features], in network order.
std::vector<double> standardised_inputs(const Dataset& dataset, const LabelledSamples& images,
                                        std::size_t sample);

/// The image resampled at the matrix's source coordinates, clamped to the image.
/// inputs and result: [features], in network order.
std::vector<double> resampled(const ImageShape& shape, InputOrder order,
                              std::span<const double> inputs, const AffineMatrix& matrix,
                              Interpolation interpolation);

}  // namespace regrow::reference

// From the elements of an array to features and answers in memory, whatever their type, byte order
// and order in the file.
#pragma once

#include <cstdint>
#include <optional>

#include "readers/npy_array.h"
#include "readers/raw_samples.h"

namespace regrow {

/// What the samples of an array are: [samples][features], or images of which the channels are the
/// first or the last index.
struct SampleLayout {
  ImageShape shape;
  bool channels_last = false;
};

/// bytes of an array of uint8, else floats, [samples][channel][row][col]. Throws Error naming the
/// element where one is not finite or beyond the range of float.
Features read_features(NpyArray& array, const SampleLayout& layout);

/// Of an array of two dimensions: features without one column, whose values go to `answers`.
Features read_features_without(NpyArray& array, std::uint32_t column, NumberAnswers& answers);

/// Of an array of one or two dimensions: numbers [samples][outputs], or strings, one a sample.
/// Throws Error naming the element where a number is not finite or is an integer that a double
/// cannot hold, and where a string is empty or no text.
Answers read_answers(NpyArray& array);

}  // namespace regrow

// From the labels of a file to classes, or to numbers to predict.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "readers/raw_samples.h"
#include "regrow/dataset.h"

namespace regrow {

/// What training samples are to come to, and by which names.
struct LearntAnswers {
  std::vector<std::string> class_names;  // [classes], sorted: numbers by value, else by bytes
  std::vector<std::uint16_t> labels;     // [samples]; all 0 where there are targets
  std::vector<float> targets;            // [samples][class_names], or none
  std::vector<std::string> notes;
};

/// Of training samples. `predicts_numbers`: labels must be numbers, and stay such; else they are
/// classes. Numbers of several outputs that are classes must be one-hot. Throws Error naming
/// source, sample and remedy.
LearntAnswers learn_answers(const RawSamples& samples, bool predicts_numbers);

/// Of other samples, as `known` has them; a class that it has not is refused. A number names the
/// class of that name or, where no class is called by a number, of that index.
LearntAnswers known_answers(const RawSamples& samples, const TrainedOn& known);

}  // namespace regrow

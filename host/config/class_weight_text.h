// Class weights as text: "none", "balanced", numbers, or a file that holds them.
#pragma once

#include <optional>
#include <string>

#include "regrow/step/loss.h"

namespace regrow {

/// A file, with one number a line, is read at once. Nothing where the text is none of these.
std::optional<ClassWeights> parse_class_weight(const std::string& text);
/// Never a file's name: what was read of it.
std::string print_class_weight(const ClassWeights& weights);

/// As print_class_weight() of what parse_class_weight() gives; a text that is none as it is.
std::string spelt_class_weight(const std::string& text);

/// Why parse_class_weight() gives nothing: "weights.txt:3: 'x' is no number"; else empty.
std::string fault_of_class_weight(const std::string& text);

}  // namespace regrow

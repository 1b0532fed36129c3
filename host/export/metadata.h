// What an exported network says of itself, as the texts that ONNX and safetensors keep beside it.
#pragma once

#include "export/exported_network.h"
#include "io/safetensors_header.h"

namespace regrow {

/// regrow (the version), dataset, method, predicts (probabilities, classes, numbers), class_names
/// (a JSON list), image_shape (JSON: height, width, channels), input_order (hwc, chw), activations
/// (a JSON list, of each hidden layer), standardisation (folded, kept); of a table columns, as
/// columns_json().
Metadata metadata_of(const ExportedNetwork& network);

/// A list of {"name"} or {"name", "categories"}, in the order of the inputs: one of a column, or
/// one of each of its categories.
std::string columns_json(const ExportedNetwork& network);

std::string_view name_of(Prediction prediction);
std::string_view name_of(InputOrder order);

}  // namespace regrow

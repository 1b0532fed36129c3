// A network as an ONNX model (https://onnx.ai, onnx.proto of version 1.8): operator set 13, which
// has all that a network needs, and which runtimes of years ago read.
//
// Its input "input" is float [N, features]; its outputs are "logits" (or "outputs", of a network
// that was trained for the squared error), float [N, outputs], and, where they are of classes,
// "probabilities", their softmax.
#pragma once

#include <cstdint>
#include <string>

#include "export/exported_network.h"

namespace regrow {

enum class OnnxWeights : std::uint8_t {
  kDense,
  kSparse  // the connections of sparse layers alone, which a runtime makes dense as it loads them
};

/// Of the file, about and not less.
std::uint64_t onnx_bytes(const ExportedNetwork& network, OnnxWeights weights);

/// The file's bytes; equal networks have equal ones. Throws Error whose text says what is wrong and
/// what to do, for the caller to put the file before it: a Protocol Buffers message ends below 2
/// GiB.
std::string onnx_model(const ExportedNetwork& network, OnnxWeights weights);

}  // namespace regrow

// A trained network as another program wants it: in float, from the inputs as they are in files to
// the outputs, without anything that training alone needs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regrow/checkpoint.h"

namespace regrow {

struct ExportedActivation {
  ActivationKind kind = ActivationKind::kLeakyRelu;
  step::LayerActivation formula;            // what `kind` is in this layer
  std::vector<std::vector<float>> learned;  // [outputs] for each of parameter_names(kind)
};

struct ExportedLayer {
  std::uint32_t inputs = 0;
  std::uint32_t outputs = 0;
  LayerKind kind = LayerKind::kDense;
  std::vector<std::uint64_t> cells;  // of a sparse one, ascending: out · inputs + in
  std::vector<float> weights;        // [connections], or [outputs][inputs] when dense
  std::vector<float> biases;         // [outputs]
  std::optional<ExportedActivation> activation = {};  // of a hidden layer
};

/// What the outputs mean.
enum class Prediction : std::uint8_t {
  kProbabilities,  // the softmax of the outputs, of classes (trained for the cross-entropy)
  kClasses,        // the largest output tells the class (trained for the squared error)
  kNumbers         // the outputs are the numbers
};

struct ExportedNetwork {
  std::vector<ExportedLayer> layers;
  /// What the first layer takes: (value − mean) / deviation. Nothing where its weights take the
  /// values as they are.
  std::optional<Standardisation> standardisation = {};
  Prediction prediction = Prediction::kProbabilities;
  ImageShape shape;
  InputOrder order = InputOrder::kHwc;
  std::vector<std::string> class_names;  // one an output; of numbers, what they are
  std::vector<DataColumn> columns;       // of a table, which the inputs are made of
  std::string dataset;
  std::string method;

  std::uint32_t features() const { return shape.features(); }
  std::uint64_t connections() const;
};

/// With `folds` the standardisation becomes a part of the first layer, in double:
///   w′ = w / deviation,   b′ = b − Σ w · mean / deviation.
/// Targets that were scaled while they were learnt are unscaled by the last layer in any case.
/// Of a feature that was constant the deviation is infinite, and the weights are 0. Dropout needs
/// nothing: what it keeps in training is scaled there. Throws Error whose text says what is wrong
/// and what to do, for the caller to put the file before it, where a number is beyond floats.
ExportedNetwork exported_network(const Checkpoint& checkpoint, bool folds);

/// The largest |mean| / deviation of the features that are not constant. Folded into floats,
/// about as many of a unit of its last place are lost of what such a feature says.
double largest_offset(const Standardisation& standardisation);

/// "logits" of kProbabilities, else "outputs".
std::string_view output_name(Prediction prediction);

/// Row by row, [outputs][inputs], with a 0 where there is no connection.
std::vector<float> dense_weights(const ExportedLayer& layer);
/// Bytes of these of all layers, of every parameter beside them, and of the texts; the most that
/// the type holds where they are more.
std::uint64_t dense_bytes(const ExportedNetwork& network);
/// The same, with an index of so many bytes beside each weight of a sparse layer instead.
std::uint64_t sparse_bytes(const ExportedNetwork& network, std::uint64_t index_bytes);

}  // namespace regrow

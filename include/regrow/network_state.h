// A network as plain data in canonical order: what leaves and enters a back end, a checkpoint, a
// report. Values are doubles so that one type carries float32 and float64 networks exactly.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "regrow/parameter.h"
#include "regrow/step/activation.h"

namespace regrow {

/// Cell (out, in) of a layer's weight matrix W: [outputs][inputs]; the canonical order everywhere.
constexpr std::uint64_t cell_index(std::uint64_t out, std::uint64_t in, std::uint64_t inputs) {
  return out * inputs + in;
}

enum class LayerKind : std::uint8_t { kSparse, kDense };

struct LayerState {
  std::uint32_t inputs = 0;
  std::uint32_t outputs = 0;
  LayerKind kind = LayerKind::kDense;
  std::uint64_t budget = 0;          // γ: the initial number of connections
  std::vector<std::uint64_t> cells;  // [connections], sorted and unique; empty when dense
  Parameter weights;                 // [connections], or [outputs·inputs] when dense
  Parameter biases;                  // [outputs]
  // Of the outputs. Without a meaning in the output layer, which has no activation.
  ActivationKind activation = ActivationKind::kLeakyRelu;
  // What the activation learns: [outputs] for each of parameter_names(activation).
  std::vector<Parameter> activation_parameters;

  std::uint64_t cell_count() const { return std::uint64_t{inputs} * outputs; }
  std::uint64_t connections() const { return weights.size(); }
  bool operator==(const LayerState&) const = default;
};

/// The precision a back end computes in, and a checkpoint stores.
enum class Precision : std::uint8_t { kFloat32, kFloat64 };

/// Layers from input to output. The last one is the output layer: always dense, no activation.
struct NetworkState {
  Precision precision = Precision::kFloat32;
  std::vector<LayerState> layers;

  bool operator==(const NetworkState&) const = default;
};

/// Makes the network one of `precision`. Where that is the lower one, numbers are rounded to it,
/// but none to 0, so that the signs stay what was counted.
void convert(NetworkState& network, Precision precision);

/// Makes dense hidden layers sparse ones, with every cell a connection: the same network, whose
/// connections can drop.
void make_hidden_layers_sparse(NetworkState& network);

/// All parameters of a layer, in the order in which files hold them: weights, biases, then the
/// activation's.
std::vector<Parameter*> parameters_of(LayerState& layer);
std::vector<const Parameter*> parameters_of(const LayerState& layer);

/// A fingerprint of topology, weights, biases and what activations have learned: XXH3 of 128 bits,
/// as 32 hexadecimal digits.
std::string digest_of(const NetworkState& network);

/// Connections of all layers but the output layer: the figure the paper's tables report.
std::uint64_t hidden_connections(const NetworkState& network);

/// Throws std::logic_error naming the layer unless cells are sorted, unique and in range, every
/// array has its shape, all parameters have the same number of slots, and neighbouring layers fit.
void check_invariants(const NetworkState& network);

}  // namespace regrow

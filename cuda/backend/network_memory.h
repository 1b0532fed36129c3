// What a network takes of a device's memory, told before anything is allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "backend/step_engine.h"
#include "regrow/backend.h"
#include "regrow/network_state.h"

namespace regrow::cuda {

/// The hidden layers as an engine is told of them; without biases.
std::vector<HiddenLayer> hidden_layers(const NetworkState& state);

/// The most inputs of a layer: rows of a matrix of activations.
std::uint32_t widest_activation(const NetworkState& state);
/// The rows of the largest matrix of activations or gradients.
std::uint32_t widest_layer(const NetworkState& state);

/// True where training keeps the pre-activations of hidden layer `index`.
bool needs_pre_activation(const LayerState& layer, std::size_t index,
                          const BackendOptions& options);
/// How many trainable arrays there are.
std::size_t parameter_count(const NetworkState& state);

/// What a DeviceNetwork takes, besides the engine's part, and what evolution adds at its peak.
std::vector<MemoryPart> network_memory(const NetworkState& state, const EngineKind& kind,
                                       const BackendOptions& options, std::size_t value_bytes,
                                       std::uint32_t training_ld, std::uint32_t evaluation_ld);

}  // namespace regrow::cuda

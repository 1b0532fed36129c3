// A hidden layer of the CPU back end: sparse, or dense through a BLAS.
#pragma once

#include <cstdint>

#include "cpu/kernels.h"
#include "cpu/thread_pool.h"
#include "cpu/trained_array.h"
#include "regrow/evolution/measures.h"
#include "regrow/network_state.h"

namespace regrow::cpu {

/// Where a layer reads and writes; matrices [feature][ld].
struct LayerBuffers {
  const float* input = nullptr;            // X: [inputs][ld]
  float* output = nullptr;                 // Y: [outputs][ld]
  const float* output_gradient = nullptr;  // dY: [outputs][ld]
  float* input_gradient = nullptr;         // dX: [inputs][ld]; null for the first layer; a sparse
                                           // layer's may be X itself, see BackwardArgs
  std::uint32_t ld = 0;
  RowFormat format = RowFormat::kFloats;  // of all four
};

class Layer {
 public:
  virtual ~Layer() = default;

  /// Both are called by every thread of a region, which share the work. The caller puts a barrier
  /// after them; backward may meet the other threads in between. Backward makes dX, and
  /// updates by `sgd`; where that is null, it leaves weights and biases as they are and their
  /// gradients in weights() and biases(), of those that were made with room for them.
  virtual void forward(const LayerBuffers& buffers, const Activation& activation,
                       Member& member) = 0;
  virtual void backward(const LayerBuffers& buffers, const Activation& input_activation,
                        const Sgd* sgd, Member& member) = 0;

  /// In this layer's own order.
  virtual TrainedArray& weights() = 0;
  virtual TrainedArray& biases() = 0;

  /// Fills everything but budget, dimensions and activation, which are the state's own.
  virtual void save(LayerState& state) const = 0;
  /// Signs of the weights; what is not finite of weights and biases.
  virtual WeightCounts count_weights() const = 0;
};

}  // namespace regrow::cpu

// The dense output layer and the loss: few outputs, so it is cut by features.
#pragma once

#include <cstdint>
#include <vector>

#include "cpu/aligned_array.h"
#include "cpu/biases.h"
#include "cpu/index_array.h"
#include "cpu/layer.h"
#include "cpu/loss.h"
#include "network/network_plan.h"
#include "regrow/backend.h"

namespace regrow::cpu {

class OutputLayer {
 public:
  /// input_format: of X and dX; the layer's own matrices are floats.
  OutputLayer(const LayerState& state, const Kernels& kernels, std::uint32_t ld,
              RowFormat input_format, UpdateMode mode);

  /// What its weights take in memory, and what a batch of `ld` samples takes beside them.
  static std::uint64_t bytes_of(const LayerPlan& layer, std::size_t slots, UpdateMode mode);
  static std::uint64_t batch_bytes_of(const LayerPlan& layer, std::uint32_t ld);

  // Called by every thread of a region, with a barrier after each.
  /// Partial sums of W·X over chunks of features.
  void multiply(const float* input, Member& member);
  /// Logits, loss and hits of as many samples as are expected, and, for training, dZ.
  void lose(const Loss& loss, const Expected& expected, bool training, Member& member);
  /// dX (with the derivative of the activation that made X; in X's place where BackwardArgs allows
  /// it), dW and the update, or, where `sgd` is null, the gradients alone.
  void backward(const float* input, float* input_gradient, const Activation& input_activation,
                const Sgd* sgd, Member& member);

  /// Of the last lose(), summed in sample order. One thread only, after the barrier.
  LossSums sums(std::size_t samples) const;
  /// Logit of `output` for sample `position` of the last batch.
  float logit(std::uint32_t output, std::size_t position) const {
    return logits_[std::size_t{output} * ld_ + position];
  }

  void save(LayerState& state) const;
  TrainedArray& weights() { return weights_; }
  TrainedArray& biases() { return biases_.array(); }
  WeightCounts count_weights() const;

 private:
  const Kernels& kernels_;
  std::uint32_t inputs_;
  std::uint32_t outputs_;
  std::uint32_t ld_;
  RowFormat input_format_;
  std::size_t chunk_size_;  // features a partial sum; fixed, so that sums do not depend on threads
  std::size_t chunks_;
  IndexArray rows_;  // 0, 1, 2, …: the row indices of every column
  // W: [inputs][outputs]. Its gradient is of a whole step, or between the tiles of a wide batch.
  TrainedArray weights_;
  Biases biases_;
  AlignedArray<float> partial_;     // [chunks][outputs][ld]
  AlignedArray<float> logits_;      // Z: [outputs][ld]
  AlignedArray<float> gradient_;    // dZ: [outputs][ld], zero in the padding
  std::vector<double> losses_;      // [ld]
  std::vector<std::uint8_t> hits_;  // [ld]
};

}  // namespace regrow::cpu

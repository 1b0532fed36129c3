// A dense hidden layer: blocks of rows multiplied by a BLAS, one block a task, so that results do
// not depend on the number of threads.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/biases.h"
#include "cpu/blas.h"
#include "cpu/layer.h"
#include "network/network_plan.h"

namespace regrow::cpu {

/// Who needs a BLAS, as messages call them.
inline constexpr const char* kDenseLayers = "dense layers";

class DenseLayer : public Layer {
 public:
  DenseLayer(const LayerState& state, const Kernels& kernels, UpdateMode mode);
  /// What one of such a shape takes in memory.
  static std::uint64_t bytes_of(const LayerPlan& layer, std::size_t slots, UpdateMode mode);

  void forward(const LayerBuffers& buffers, const Activation& activation, Member& member) override;
  void backward(const LayerBuffers& buffers, const Activation& input_activation, const Sgd* sgd,
                Member& member) override;
  TrainedArray& weights() override { return weights_; }
  TrainedArray& biases() override { return biases_.array(); }
  void save(LayerState& state) const override;
  WeightCounts count_weights(Workers& workers) const override;

 private:
  // Calls body(first row, number of rows) for the blocks of `rows`, shared out to all threads.
  template <typename Body>
  static void for_each_block(std::uint32_t rows, Member& member, const Body& body);
  void update_rows(const LayerBuffers& buffers, const Sgd& sgd, std::size_t first,
                   std::size_t count);
  void keep_gradients(const LayerBuffers& buffers, std::size_t first, std::size_t count);

  const Kernels& kernels_;
  const Blas& blas_;
  std::uint32_t inputs_;
  std::uint32_t outputs_;
  TrainedArray weights_;  // W: [outputs][inputs]
  Biases biases_;
};

}  // namespace regrow::cpu

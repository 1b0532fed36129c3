// What a batch takes on its way through the network: the inputs of every layer and their gradients.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cpu/aligned_array.h"
#include "cpu/layer.h"
#include "network/network_plan.h"
#include "regrow/backend.h"

namespace regrow::cpu {

class StepBuffers {
 public:
  StepBuffers() = default;
  /// `layers`: of the whole network.
  StepBuffers(std::span<const LayerPlan> layers, const BackendOptions& options, std::uint32_t ld);
  /// What those take in memory.
  static std::uint64_t bytes_of(std::span<const LayerPlan> layers, const BackendOptions& options,
                                std::uint32_t ld);

  /// Of the inputs of `layer`: [inputs][ld].
  float* inputs(std::size_t layer) { return inputs_[layer].data(); }
  /// Where nothing reads an input once its gradient is written, the gradient takes its place: less
  /// to move through the caches. Else, and so wherever gradients outlive the backward pass, it is
  /// an array of its own.
  float* gradient(std::size_t layer) {
    return (gradients_[layer].size() > 0 ? gradients_ : inputs_)[layer].data();
  }
  LayerBuffers of_hidden(std::size_t layer) {
    return {inputs(layer), inputs(layer + 1), gradient(layer + 1),
            layer > 0 ? gradient(layer) : nullptr, ld_};
  }

 private:
  std::uint32_t ld_ = 0;
  std::vector<AlignedArray<float>> inputs_;     // [layer]
  std::vector<AlignedArray<float>> gradients_;  // [layer]: as inputs_, or empty
};

}  // namespace regrow::cpu

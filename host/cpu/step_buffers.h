// What a batch takes on its way through the network: the inputs of every layer and their gradients,
// as rows of floats or packed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cpu/aligned_array.h"
#include "cpu/layer.h"
#include "cpu/score.h"
#include "network/network_plan.h"
#include "regrow/backend.h"

namespace regrow::cpu {

class StepBuffers {
 public:
  StepBuffers() = default;
  /// `layers`: of the whole network.
  StepBuffers(std::span<const LayerPlan> layers, const BackendOptions& options, std::uint32_t ld);
  /// What those take in memory. `keeps_all`: once keep_all() has been called.
  static std::uint64_t bytes_of(std::span<const LayerPlan> layers, const BackendOptions& options,
                                std::uint32_t ld, bool keeps_all);

  /// How those of `options` lie in memory.
  static RowFormat format_of(const BackendOptions& options) {
    return options.activations == ActivationStorage::kBFloat16 ? RowFormat::kPacked
                                                               : RowFormat::kFloats;
  }

  /// Makes room, the first time, for the passes that keep all inputs and gradients.
  void keep_all();
  /// After such a pass, where rows are packed: what kept_of_hidden() shows. Called by every thread
  /// of the region; the caller puts a barrier before.
  void unpack_kept(const Kernels& kernels, const Member& member);

  /// Of the inputs of `layer`: [inputs][ld].
  float* inputs(std::size_t layer) { return inputs_[layer].data(); }
  /// Where nothing reads an input once its gradient is written, the gradient takes its place: less
  /// to move through the caches. Else, and so wherever gradients outlive the backward pass, it is
  /// an array of its own.
  float* gradient(std::size_t layer, bool keeps_all) {
    if (gradients_[layer].size() > 0) return gradients_[layer].data();
    return (keeps_all ? kept_ : inputs_)[layer].data();
  }
  LayerBuffers of_hidden(std::size_t layer, bool keeps_all = false) {
    return {inputs(layer),
            inputs(layer + 1),
            gradient(layer + 1, keeps_all),
            layer > 0 ? gradient(layer, keeps_all) : nullptr,
            ld_,
            format_};
  }
  /// What a backward pass that keeps all has left of a hidden layer, as floats.
  LayerBatch kept_of_hidden(std::size_t layer, std::uint32_t samples) {
    if (format_ == RowFormat::kFloats) {
      return {inputs(layer), gradient(layer + 1, true), ld_, samples};
    }
    return {unpacked_inputs_[layer].data(), unpacked_gradients_[layer + 1].data(), ld_, samples};
  }

 private:
  std::uint32_t ld_ = 0;
  RowFormat format_ = RowFormat::kFloats;
  std::vector<AlignedArray<float>> inputs_;     // [layer]
  std::vector<AlignedArray<float>> gradients_;  // [layer]: as inputs_, or empty
  // [layer]: as inputs_ where `gradients_` is empty, once keep_all() has been called; else none.
  std::vector<AlignedArray<float>> kept_;
  // [layer]: likewise, the two as floats where they are packed; those that nobody asks for are
  // empty.
  std::vector<AlignedArray<float>> unpacked_inputs_;
  std::vector<AlignedArray<float>> unpacked_gradients_;
};

}  // namespace regrow::cpu

// The activation of one hidden layer: its formula, what it has learned, and the pre-activations
// that its derivative is made from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cpu/aligned_array.h"
#include "cpu/kernels.h"
#include "cpu/trained_array.h"
#include "network/network_plan.h"
#include "regrow/backend.h"
#include "regrow/network_state.h"

namespace regrow::cpu {

class HiddenActivation {
 public:
  /// `index` of the layer, which keys its dropout.
  HiddenActivation(const LayerState& state, std::uint32_t index, const BackendOptions& options,
                   std::uint32_t ld);
  /// What its parameters take in memory, and what a batch of `ld` samples takes beside them.
  static std::uint64_t parameter_bytes_of(const LayerPlan& layer, std::size_t slots);
  static std::uint64_t batch_bytes_of(const LayerPlan& layer, std::uint32_t index,
                                      const BackendOptions& options, std::uint32_t ld);

  /// As the kernels of step `step` take it.
  Activation view(bool training, std::uint64_t step);
  /// True where the backward pass must leave the activations as they are.
  bool needs_pre_activation() const { return formula_.needs_pre_activation(); }

  /// In the order of parameter_names(): [outputs] each.
  std::vector<TrainedArray>& parameters() { return parameters_; }
  void save(LayerState& state) const;
  /// Of what it has learned and its slots.
  std::uint64_t count_non_finite() const;

 private:
  step::LayerActivation formula_;
  Activation constants_;  // all but what changes from step to step
  double dropout_;
  std::vector<TrainedArray> parameters_;
  AlignedArray<float> pre_activations_;  // [outputs][ld], or none
};

}  // namespace regrow::cpu

#include "cpu/hidden_activation.h"

#include "regrow/step/dropout.h"

namespace regrow::cpu {

HiddenActivation::HiddenActivation(const LayerState& state, std::uint32_t index,
                                   const BackendOptions& options, std::uint32_t ld)
    : formula_(step::layer_activation(state.activation, index, options.leaky_slope)),
      dropout_(options.dropout) {
  for (const Parameter& parameter : state.activation_parameters) {
    parameters_.emplace_back(parameter, true);
  }
  if (needs_pre_activation()) {
    pre_activations_ = AlignedArray<float>(std::size_t{state.outputs} * ld);
  }
  constants_.form = formula_.form;
  constants_.slope = formula_.slope;
  constants_.threshold = step::dropout_threshold(dropout_);
  constants_.scale = step::dropout_scale(dropout_);
  constants_.keys = PhiloxKeys(options.seed);
  constants_.layer = index;
}

std::uint64_t HiddenActivation::parameter_bytes_of(const LayerPlan& layer, std::size_t slots) {
  return parameter_names(layer.activation).size() *
         TrainedArray::bytes_of(layer.outputs, slots, true);
}

std::uint64_t HiddenActivation::batch_bytes_of(const LayerPlan& layer, std::uint32_t index,
                                               const BackendOptions& options, std::uint32_t ld) {
  const step::LayerActivation formula =
      step::layer_activation(layer.activation, index, options.leaky_slope);
  if (!formula.needs_pre_activation()) return 0;
  return AlignedArray<float>::bytes_of(std::size_t{layer.outputs} * ld);
}

Activation HiddenActivation::view(bool training, std::uint64_t step) {
  Activation view = constants_;
  view.drops = training && dropout_ > 0;
  view.step = static_cast<std::uint32_t>(step);
  view.pre_activations = pre_activations_.data();
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    view.parameters[i] = parameters_[i].values();
    view.parameter_gradients[i] = parameters_[i].gradient();
  }
  return view;
}

void HiddenActivation::save(LayerState& state) const {
  state.activation_parameters.resize(parameters_.size());
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    parameters_[i].save(state.activation_parameters[i]);
  }
}

std::uint64_t HiddenActivation::count_non_finite() const {
  std::uint64_t count = 0;
  Alone alone;
  for (const TrainedArray& parameter : parameters_) count += parameter.count(alone).non_finite;
  return count;
}

}  // namespace regrow::cpu

#include "cpu/step_buffers.h"

namespace regrow::cpu {
namespace {

// Whether the gradient of the inputs of layer `l` must not take their place.
bool keeps_inputs(std::span<const LayerPlan> layers, std::size_t l, const BackendOptions& options) {
  if (l == 0) return false;  // its inputs have no gradient
  if (update_mode(options.optimiser, options.clip_norm) == UpdateMode::kGradients) return true;
  // A product of whole matrices: dW reads the inputs after dX is written.
  if (layers[l].kind == LayerKind::kDense && l + 1 < layers.size()) return true;
  return step::layer_activation(layers[l - 1].activation, l - 1, options.leaky_slope)
      .needs_pre_activation();
}

}  // namespace

StepBuffers::StepBuffers(std::span<const LayerPlan> layers, const BackendOptions& options,
                         std::uint32_t ld)
    : ld_(ld) {
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const std::size_t size = std::size_t{layers[l].inputs} * ld;
    inputs_.emplace_back(size);
    gradients_.emplace_back(keeps_inputs(layers, l, options) ? size : 0);
  }
}

void StepBuffers::keep_all() {
  if (!kept_.empty()) return;
  // The first layer's inputs have no gradient.
  for (std::size_t l = 0; l < inputs_.size(); ++l) {
    kept_.emplace_back(l > 0 && gradients_[l].size() == 0 ? inputs_[l].size() : 0);
  }
}

std::uint64_t StepBuffers::bytes_of(std::span<const LayerPlan> layers,
                                    const BackendOptions& options, std::uint32_t ld,
                                    bool keeps_all) {
  std::uint64_t bytes = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const std::uint64_t one = AlignedArray<float>::bytes_of(std::size_t{layers[l].inputs} * ld);
    bytes += (keeps_all && l > 0) || keeps_inputs(layers, l, options) ? 2 * one : one;
  }
  return bytes;
}

}  // namespace regrow::cpu

#include "cpu/step_buffers.h"

#include "cpu/thread_pool.h"

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
    : ld_(ld), format_(format_of(options)) {
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const std::size_t size = layers[l].inputs * row_words(format_, ld);
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
  if (format_ == RowFormat::kFloats) return;
  // What the output layer takes is no hidden layer's input.
  for (std::size_t l = 0; l < inputs_.size(); ++l) {
    const std::size_t floats = inputs_[l].size() / row_words(format_, ld_) * ld_;
    unpacked_inputs_.emplace_back(l + 1 < inputs_.size() ? floats : 0);
    unpacked_gradients_.emplace_back(l > 0 ? floats : 0);
  }
}

void StepBuffers::unpack_kept(const Kernels& kernels, const Member& member) {
  if (format_ == RowFormat::kFloats) return;
  const auto unpack = [&](const float* packed, AlignedArray<float>& floats) {
    const Range rows = member.part(floats.size() / ld_);
    kernels.unpack(packed, ld_, floats.data(), rows.first, rows.last);
  };
  for (std::size_t l = 0; l < inputs_.size(); ++l) {
    unpack(inputs(l), unpacked_inputs_[l]);
    unpack(gradient(l, true), unpacked_gradients_[l]);
  }
}

std::uint64_t StepBuffers::bytes_of(std::span<const LayerPlan> layers,
                                    const BackendOptions& options, std::uint32_t ld,
                                    bool keeps_all) {
  const RowFormat format = format_of(options);
  std::uint64_t bytes = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const auto matrix = [&](std::size_t words) {
      return std::uint64_t{AlignedArray<float>::bytes_of(layers[l].inputs * words)};
    };
    const bool has_gradient = (keeps_all && l > 0) || keeps_inputs(layers, l, options);
    bytes += (has_gradient ? 2 : 1) * matrix(row_words(format, ld));
    if (keeps_all && format == RowFormat::kPacked) {
      bytes += ((l + 1 < layers.size() ? 1 : 0) + (l > 0 ? 1 : 0)) * matrix(ld);
    }
  }
  return bytes;
}

}  // namespace regrow::cpu

// Activations: which there are, what each learns, and one formula each, for host and device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "regrow/philox.h"
#include "regrow/step/number.h"

namespace regrow {

enum class ActivationKind : std::uint8_t { kLeakyRelu, kRelu, kAllRelu, kSRelu, kGelu };

/// What the four learned values of each of an SReLU's neurons are called, in checkpoints as well.
inline constexpr std::size_t kSReluParameters = 4;
/// The names of the values that an activation learns for each neuron; none but of srelu.
inline std::span<const char* const> parameter_names(ActivationKind kind) {
  static constexpr const char* kSRelu[kSReluParameters] = {"t_left", "a_left", "t_right",
                                                           "a_right"};
  return kind == ActivationKind::kSRelu ? std::span<const char* const>(kSRelu)
                                        : std::span<const char* const>();
}

namespace step {

/// The formulas that kernels know. kSloped: z where z > 0, else slope·z, which leaky_relu, relu and
/// all_relu are.
enum class ActivationForm : std::uint8_t { kSloped, kSRelu, kGelu };

/// The activation of one hidden layer, as kernels see it.
struct LayerActivation {
  ActivationForm form = ActivationForm::kSloped;
  float slope = 0.3F;  // of kSloped

  /// True where the derivative cannot be told from the activated value: the pre-activations are
  /// kept. Of a slope in [0, 1] the sign tells it.
  REGROW_HD constexpr bool needs_pre_activation() const {
    return form != ActivationForm::kSloped || slope < 0;
  }
};

/// `hidden_layer` counts from 0. All-ReLU (Curci et al. 2021): −slope in the first, third, …
/// hidden layer, +slope in the second, fourth, ….
inline LayerActivation layer_activation(ActivationKind kind, std::size_t hidden_layer,
                                        double slope) {
  const auto given = static_cast<float>(slope);
  switch (kind) {
    case ActivationKind::kLeakyRelu:
      return {ActivationForm::kSloped, given};
    case ActivationKind::kRelu:
      return {ActivationForm::kSloped, 0};
    case ActivationKind::kAllRelu:
      return {ActivationForm::kSloped, hidden_layer % 2 == 0 ? -given : given};
    case ActivationKind::kSRelu:
      return {ActivationForm::kSRelu, 0};
    case ActivationKind::kGelu:
      return {ActivationForm::kGelu, 0};
  }
  return {};
}

/// What one neuron's SReLU has learned. Its right threshold is t_left + |t_right|, so that the two
/// never cross.
template <typename Number>
struct SRelu {
  Number t_left;
  Number a_left;
  Number t_right;
  Number a_right;
};

#include "regrow/step/activation-inl.h"

}  // namespace step
}  // namespace regrow

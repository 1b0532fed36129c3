// What activations, optimisers and losses are called and do, a row each: settings, help, documents
// and tests walk these tables. The formulas themselves are in regrow/step/.
#pragma once

#include <span>
#include <string_view>

#include "regrow/step/activation.h"
#include "regrow/step/loss.h"
#include "regrow/step/optimiser.h"

namespace regrow {

template <typename Kind>
struct PartRow {
  Kind kind;
  std::string_view name;
  std::string_view summary;  // a sentence without a full stop
  std::string_view source;   // whose it is, as docs/methods.md lists it
};

/// All of them, in the order of their enumerators.
std::span<const PartRow<ActivationKind>> activation_rows();
std::span<const PartRow<OptimiserKind>> optimiser_rows();
std::span<const PartRow<LossKind>> loss_rows();

/// "leaky_relu", as in settings and files.
std::string_view name_of(ActivationKind kind);
std::string_view name_of(OptimiserKind kind);
std::string_view name_of(LossKind kind);

}  // namespace regrow

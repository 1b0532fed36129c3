// The rows themselves. A new part is an enumerator and a formula in regrow/step/, and a row here.
#include "regrow/parts.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "regrow/error.h"

namespace regrow {
namespace {

constexpr std::array<PartRow<ActivationKind>, 5> kActivations = {{
    {ActivationKind::kLeakyRelu, "leaky_relu", "z above 0, leaky_slope·z below",
     "Maas et al. 2013"},
    {ActivationKind::kRelu, "relu", "z above 0, else 0", "Nair & Hinton 2010"},
    {ActivationKind::kAllRelu, "all_relu",
     "z above 0; below, -leaky_slope·z in the first, third, … hidden layer, leaky_slope·z in the "
     "others",
     "Curci et al. 2021"},
    {ActivationKind::kSRelu, "srelu",
     "z between two thresholds, a line of its own beyond each; every neuron learns the thresholds "
     "and the slopes",
     "Jin et al. 2016"},
    {ActivationKind::kGelu, "gelu", "z times the probability that a normal variable is below z",
     "Hendrycks & Gimpel 2016"},
}};

constexpr std::array<PartRow<OptimiserKind>, 4> kOptimisers = {{
    {OptimiserKind::kSgd, "sgd", "gradient descent with momentum", "Polyak 1964"},
    {OptimiserKind::kNesterov, "nesterov", "sgd that looks ahead along its momentum",
     "Sutskever et al. 2013"},
    {OptimiserKind::kAdam, "adam",
     "steps by the mean of the gradients over the root of the mean of their squares",
     "Kingma & Ba 2015"},
    {OptimiserKind::kAdamW, "adamw", "adam, with a weight decay beside the gradient",
     "Loshchilov & Hutter 2019"},
}};

constexpr std::array<PartRow<LossKind>, 2> kLosses = {{
    {LossKind::kCrossEntropy, "cross_entropy",
     "of softmax, with label_smoothing and class_weight where these are given",
     "as usual; label smoothing: Szegedy et al. 2016"},
    {LossKind::kMse, "mse",
     "the mean of squared differences, to numbers or to 1 for the label's output and 0 for others",
     "as usual"},
}};

template <typename Rows, typename Kind>
std::string_view name_in(const Rows& rows, Kind kind) {
  const auto found =
      std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.kind == kind; });
  REGROW_CHECK(found != rows.end(), "a part without a row");
  return found->name;
}

}  // namespace

std::span<const PartRow<ActivationKind>> activation_rows() { return kActivations; }
std::span<const PartRow<OptimiserKind>> optimiser_rows() { return kOptimisers; }
std::span<const PartRow<LossKind>> loss_rows() { return kLosses; }

std::string_view name_of(ActivationKind kind) { return name_in(kActivations, kind); }
std::string_view name_of(OptimiserKind kind) { return name_in(kOptimisers, kind); }
std::string_view name_of(LossKind kind) { return name_in(kLosses, kind); }

}  // namespace regrow

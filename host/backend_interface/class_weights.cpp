#include "backend_interface/class_weights.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "regrow/error.h"

namespace regrow {
namespace {

std::vector<float> balanced_weights(const Dataset& dataset) {
  const SplitView split = view(dataset, Split::kTrain);
  std::vector<std::uint64_t> counts(dataset.classes());
  for (std::size_t i = 0; i < split.size(); ++i) ++counts[split.label(i)];
  const auto present = static_cast<double>(
      std::count_if(counts.begin(), counts.end(), [](std::uint64_t n) { return n > 0; }));
  std::vector<float> weights;
  weights.reserve(counts.size());
  for (const std::uint64_t count : counts) {
    const double share = static_cast<double>(count) * present;
    weights.push_back(count == 0 ? 1.0F
                                 : static_cast<float>(static_cast<double>(split.size()) / share));
  }
  return weights;
}

}  // namespace

std::vector<float> class_weights(const ClassWeights& weights, const Dataset& dataset) {
  if (weights.balanced) return balanced_weights(dataset);
  if (!weights.values.empty() && weights.values.size() != dataset.classes()) {
    throw Error("class_weight: " + std::to_string(weights.values.size()) + " numbers, but " +
                dataset.name + " has " + std::to_string(dataset.classes()) +
                " classes; give one for each");
  }
  std::vector<float> result;
  result.reserve(weights.values.size());
  for (const double value : weights.values) result.push_back(static_cast<float>(value));
  return result;
}

}  // namespace regrow

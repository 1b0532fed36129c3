// What every back end has by what it must have.
#include "regrow/backend.h"

namespace regrow {

std::vector<WeightCounts> Backend::count_weights() {
  std::vector<WeightCounts> counts;
  for (const LayerMeasures& layer : measure({})) counts.push_back(layer.weights);
  return counts;
}

}  // namespace regrow

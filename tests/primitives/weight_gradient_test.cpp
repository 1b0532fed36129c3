// The gradients of weights of every back end, fused into the update and kept.
#include <gtest/gtest.h>

#include "step_cases.h"

namespace regrow::tests {
namespace {

TEST(WeightGradient, OfEveryLayer) {
  for_every_step_case([](const BackendCase& of, const StepCase& shape, ActivationKind activation,
                         const std::string& what) {
    const Dataset dataset = data_of(shape);
    const NetworkState network = network_of(shape, activation);
    const BackendOptions options = options_of(shape);
    const PlainGradients expected =
        plain_gradients_of_step(network, options, dataset, 0, kStepsPerEpoch);
    for (const UpdateMode mode : {UpdateMode::kFused, UpdateMode::kGradients}) {
      const PlainGradients gradients = gradients_by(of, options, mode, dataset, network, 0);
      for (std::size_t l = 0; l < expected.size(); ++l) {
        expect_near(gradients[l].at(0), expected[l][0], tolerance_of(of),
                    what + ", layer " + std::to_string(l));
      }
    }
  });
}

}  // namespace
}  // namespace regrow::tests

// The backward pass of every back end: what reaches a hidden neuron is added up by its bias and,
// times what the pre-activation says, by what its activation learns.
#include <gtest/gtest.h>

#include "step_cases.h"

namespace regrow::tests {
namespace {

TEST(Backward, GradientsOfHiddenNeurons) {
  for_every_step_case([](const BackendCase& of, const StepCase& shape, ActivationKind activation,
                         const std::string& what) {
    const Dataset dataset = data_of(shape);
    const NetworkState network = network_of(shape, activation);
    for (const double dropout : {0.0, 0.3}) {
      BackendOptions options = options_of(shape);
      options.dropout = dropout;
      const PlainGradients expected =
          plain_gradients_of_step(network, options, dataset, 2, kStepsPerEpoch);
      for (const UpdateMode mode : {UpdateMode::kFused, UpdateMode::kGradients}) {
        const PlainGradients gradients = gradients_by(of, options, mode, dataset, network, 2);
        for (std::size_t l = 0; l + 1 < expected.size(); ++l) {
          for (std::size_t p = 1; p < expected[l].size(); ++p) {
            expect_near(gradients[l].at(p), expected[l][p], tolerance_of(of),
                        what + ", layer " + std::to_string(l) + ", parameter " + std::to_string(p));
          }
        }
      }
    }
  });
}

}  // namespace
}  // namespace regrow::tests

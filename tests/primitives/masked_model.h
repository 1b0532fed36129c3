// Sparse training as its papers write it: a dense network of doubles and a mask for each of its
// layers, trained by SGD with momentum. Nothing of the program is in it but how it is loaded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "plain_step.h"
#include "regrow/network_state.h"

namespace regrow::tests {

struct MaskedLayer {
  std::size_t inputs = 0, outputs = 0;
  Row theta, velocity;     // [out][in], 0 where the mask is
  std::vector<bool> mask;  // [out][in]
  Row bias, bias_velocity;

  std::size_t connections() const;
};

/// Fully connected layers with ReLU between them and the softmax's cross-entropy at the end.
class MaskedModel {
 public:
  explicit MaskedModel(const NetworkState& network);

  /// v ← μv − η·∂L/∂θ; θ ← θ + v, of what the masks let through. Returns the sum of the losses.
  double train(const PlainBatch& batch, double learning_rate, double momentum);

  /// ∂L/∂Θ of every cell, L the mean loss over the batch, mask or no mask.  [layer][out][in]
  std::vector<Row> dense_gradients(const PlainBatch& batch) const;
  /// Of a layer's inputs Σ_s |x|, of its outputs Σ_s |∂L/∂z|: what GraBo draws by.
  struct Magnitudes {
    Row inputs, outputs;
  };
  std::vector<Magnitudes> magnitudes(const PlainBatch& batch) const;

  std::vector<MaskedLayer> layers;

 private:
  struct Pass {
    std::vector<Rows> x, dz;  // of every layer: [sample][neuron]
    double loss = 0;          // sum
  };
  Pass pass(const PlainBatch& batch) const;
};

}  // namespace regrow::tests

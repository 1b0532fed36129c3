// What training minimises.
#pragma once

#include <cstdint>
#include <vector>

namespace regrow {

enum class LossKind : std::uint8_t { kCrossEntropy, kMse };

/// What the samples of a class count in the training loss: all alike, a number given for each
/// class, or `balanced`, N/(K·n_c): N training samples of K classes, n_c of class c, so that all
/// classes together count alike and a sample 1 on average.
struct ClassWeights {
  bool balanced = false;
  std::vector<double> values;  // [classes]; empty: all are 1

  bool operator==(const ClassWeights&) const = default;
};

/// Of a sample with logits z, of K outputs:
/// kCrossEntropy  w_y·Σ_c −t_c·ln softmax(z)_c, t = (1 − label_smoothing)·onehot(y) +
///                label_smoothing/K (Szegedy et al. 2016), w the class weights; its gradient is
///                w_y·(softmax(z) − t);
/// kMse           Σ_c (z_c − t_c)²/K, t the targets, or onehot(y) where the data has labels; its
///                gradient is 2(z − t)/K.
/// A batch's loss is the mean over its samples (not divided by the sum of their weights: as Keras,
/// unlike PyTorch). Evaluation knows neither smoothing nor weights, so that losses of runs with
/// other settings can be compared.
struct LossSettings {
  LossKind kind = LossKind::kCrossEntropy;
  double label_smoothing = 0;  // in [0, 1); of kCrossEntropy alone
  ClassWeights class_weights;  // of kCrossEntropy alone

  bool operator==(const LossSettings&) const = default;
};

}  // namespace regrow

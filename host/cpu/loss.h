// The loss of one sample and its gradient, in double (regrow/step/loss.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "regrow/backend.h"
#include "regrow/step/loss.h"

namespace regrow::cpu {

/// What the samples of a batch should come to. `targets` is empty where the data has labels alone;
/// else it has [outputs] numbers of each sample.
struct Expected {
  std::span<const std::uint16_t> labels;
  std::span<const float* const> targets;

  std::size_t size() const { return labels.size(); }
  Expected part(std::size_t first, std::size_t count) const {
    return {labels.subspan(first, count),
            targets.empty() ? targets : targets.subspan(first, count)};
  }
};

/// A row of a matrix [outputs][ld]: what is one sample's lies `ld` apart.
template <typename Float>
struct Strided {
  Float* data;
  std::size_t ld;

  Float& operator[](std::size_t i) const { return data[i * ld]; }
};

struct SampleLoss {
  double loss = 0;
  bool hits = false;
};

class Loss {
 public:
  /// `weights`: of the classes, or empty where all are 1.
  Loss(const LossSettings& settings, std::vector<float> weights)
      : settings_(settings), weights_(std::move(weights)) {}

  /// Of the sample at `position`, with `logits` [outputs]. `gradient`: null in evaluation, which
  /// knows neither smoothing nor weights; else it takes the derivative by the logits.
  SampleLoss operator()(Strided<const float> logits, std::size_t outputs, const Expected& expected,
                        std::size_t position, const Strided<float>* gradient) const;

 private:
  double cross_entropy(Strided<const float> logits, std::size_t outputs, std::size_t largest,
                       std::uint16_t label, const Strided<float>* gradient) const;

  LossSettings settings_;
  std::vector<float> weights_;
};

}  // namespace regrow::cpu

#include "cpu/strengths.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "regrow/error.h"

namespace regrow::cpu {
namespace {

// Σ value_of(b), b < samples, in doubles: several sums at once, as one alone would wait for itself.
template <typename ValueOf>
double sum_over(std::size_t samples, const ValueOf& value_of) {
  constexpr std::size_t kSums = 8;
  std::array<double, kSums> sums{};
  std::size_t b = 0;
  for (; b + kSums <= samples; b += kSums) {
    for (std::size_t s = 0; s < kSums; ++s) sums[s] += value_of(b + s);
  }
  for (; b < samples; ++b) sums[b % kSums] += value_of(b);
  double sum = 0;
  for (const double each : sums) sum += each;
  return sum;
}

}  // namespace

NeuronStrengths strengths_of(const StrengthRequest& request, const LayerBatch& batch,
                             const LayerShape& layer, ThreadPool& pool) {
  REGROW_CHECK(draws_by_strength(request.law), "candidates of that law have no strengths");
  const bool is_estimate = request.law == CandidateLaw::kGraEst;
  std::vector<double> signs(is_estimate ? batch.samples : 0);
  for (std::size_t b = 0; b < signs.size(); ++b) {
    signs[b] = projection_sign(request.seed, layer.index, request.time, b);
  }
  const auto strength_of = [&](const float* values) {
    if (!is_estimate) {
      return sum_over(batch.samples, [&](std::size_t b) { return std::abs(double{values[b]}); });
    }
    return std::abs(
        sum_over(batch.samples, [&](std::size_t b) { return signs[b] * double{values[b]}; }));
  };
  NeuronStrengths strengths;
  strengths.inputs.resize(layer.inputs);
  strengths.outputs.resize(layer.outputs);
  pool.run([&](unsigned thread) {
    const Range inputs = even_part(layer.inputs, thread, pool.size());
    for (std::size_t i = inputs.first; i < inputs.last; ++i) {
      strengths.inputs[i] = strength_of(batch.input + i * batch.ld);
    }
    const Range outputs = even_part(layer.outputs, thread, pool.size());
    for (std::size_t i = outputs.first; i < outputs.last; ++i) {
      strengths.outputs[i] = strength_of(batch.output_gradient + i * batch.ld) / batch.samples;
    }
  });
  return strengths;
}

}  // namespace regrow::cpu

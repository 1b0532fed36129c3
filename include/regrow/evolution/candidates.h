// Which inactive cells of a layer are scored by their gradient before some of them grow. All of
// them: RigL (Evci, Gale, Menick, Castro, Elsen 2020). Or a sample: guided stochastic exploration
// (Heddes, Srinivasa, Givargis, Nicolau: arXiv 2401.06898), at the cost of as many connections.
#pragma once

#include <cstdint>
#include <vector>

#include "regrow/philox.h"

namespace regrow {

/// kAll: every eligible cell. kUniform: a sample without replacement. kGraBo, kGraEst: draws with
/// probability in proportion to the product of the strengths of a cell's two neurons.
enum class CandidateLaw : std::uint8_t { kAll, kUniform, kGraBo, kGraEst };

/// True where the host must know the strengths of a layer's neurons.
constexpr bool draws_by_strength(CandidateLaw law) {
  return law == CandidateLaw::kGraBo || law == CandidateLaw::kGraEst;
}

/// What growth by gradient scores of a layer, all candidates or so many over its connections.
struct ScoredCells {
  CandidateLaw candidates = CandidateLaw::kAll;
  double ratio = 1;

  bool operator==(const ScoredCells&) const = default;
};

/// What is asked of the batch of the last Backend::differentiate().
struct StrengthRequest {
  CandidateLaw law = CandidateLaw::kGraBo;
  std::uint64_t seed = 0;
  std::uint32_t time = 0;  // steps done

  bool operator==(const StrengthRequest&) const = default;
};

/// Of a layer's inputs, of their values x, and of its outputs, of the gradients dz of the batch's
/// mean loss before the activation. kGraBo: Σ_b |v_b|, with which the product of two is a bound of
/// |gradient|. kGraEst: |Σ_b r_b·v_b|, whose product before taking magnitudes is an estimate of the
/// gradient without bias; r_b = 1 or −1 (projection_sign()), the same for inputs and outputs, b the
/// position in the batch.
struct NeuronStrengths {
  std::vector<double> inputs;   // [inputs]
  std::vector<double> outputs;  // [outputs]

  bool operator==(const NeuronStrengths&) const = default;
};

/// r_b of kGraEst for sample b of the batch: bit 0 of word 0 set means −1.
REGROW_HD constexpr float projection_sign(std::uint64_t seed, std::uint32_t layer,
                                          std::uint32_t time, std::uint64_t sample) {
  return (random_block(seed, Purpose::kProjection, layer, time, sample)[0] & 1) != 0 ? -1.0F : 1.0F;
}

/// How many cells of a layer are drawn, and by which law of its neurons. A neuron's weight is a
/// whole number, so that every device draws the same cells: input i has inputs[i] − inputs[i − 1],
/// of the last one's sum, above 0. Both are empty for laws without strengths.
struct CandidateDraws {
  std::uint64_t count = 0;
  std::vector<std::uint64_t> inputs;   // [inputs]: running sums
  std::vector<std::uint64_t> outputs;  // [outputs]: running sums

  bool operator==(const CandidateDraws&) const = default;
};

/// ⌊a·b/2^64⌋: a uniform random 64-bit `a` scaled to [0, b).
REGROW_HD constexpr std::uint64_t scaled_below(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t a0 = a & 0xFFFFFFFFU, a1 = a >> 32;
  const std::uint64_t b0 = b & 0xFFFFFFFFU, b1 = b >> 32;
  const std::uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
  const std::uint64_t low = a0 * b1 + (middle & 0xFFFFFFFFU);
  return a1 * b1 + (middle >> 32) + (low >> 32);
}

/// The first of `count` neurons whose running sum is above ⌊random·total/2^64⌋.
REGROW_HD constexpr std::uint32_t drawn_neuron(const std::uint64_t* sums, std::uint32_t count,
                                               std::uint64_t random) {
  const std::uint64_t at = scaled_below(random, sums[count - 1]);
  std::uint32_t first = 0;
  while (count > 1) {
    const std::uint32_t half = count / 2;
    if (sums[first + half - 1] <= at) {
      first += half;
      count -= half;
    } else {
      count = half;
    }
  }
  return first;
}

/// The random numbers of a draw: words 0 and 1 (low word first) of its block draw the input, 2 and
/// 3 the output.
REGROW_HD constexpr std::uint64_t input_draw(const PhiloxBlock& block) {
  return block[0] | std::uint64_t{block[1]} << 32;
}
REGROW_HD constexpr std::uint64_t output_draw(const PhiloxBlock& block) {
  return block[2] | std::uint64_t{block[3]} << 32;
}

/// Draw k of a layer as a cell. block = random_block(seed, Purpose::kCandidates, layer, time, k).
REGROW_HD constexpr std::uint64_t drawn_cell(const PhiloxBlock& block,
                                             const std::uint64_t* input_sums, std::uint32_t inputs,
                                             const std::uint64_t* output_sums,
                                             std::uint32_t outputs) {
  return std::uint64_t{drawn_neuron(output_sums, outputs, output_draw(block))} * inputs +
         drawn_neuron(input_sums, inputs, input_draw(block));
}

}  // namespace regrow

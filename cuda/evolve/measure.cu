// Counts of weights: a tally for each block, added to the layer's own.
#include "evolve/measure.h"
#include "evolve/per_element.h"
#include "evolve/signs.h"
#include "regrow/error.h"

namespace regrow::cuda {
namespace {

constexpr std::uint32_t kFloatKeyBits = 31;
constexpr std::uint32_t kMostWidth = 11;

__global__ void count_weights_kernel(const float* values, std::size_t count, bool only_finite,
                                     std::uint64_t* totals) {
  std::uint32_t found[kNonFinite + 1] = {};
  for (std::size_t i = element_index(); i < count; i += thread_count()) {
    const float value = values[i];
    const bool finite = is_finite(value);
    const unsigned kind = finite ? sign_of(value) : kNonFinite;
    for (unsigned k = 0; k <= kNonFinite; ++k) {
      found[k] += kind == k && !(only_finite && finite) ? 1 : 0;
    }
  }
  add_over_block(found, totals);
}

// totals: the fields of CandidateTotals.
__global__ void count_candidates_kernel(const float* weights, const std::uint64_t* cells,
                                        std::size_t count, CellSet protected_cells,
                                        std::uint64_t* totals) {
  std::uint32_t found[kSigns + 1] = {};
  for (std::size_t i = element_index(); i < count; i += thread_count()) {
    const bool is_protected = contains(protected_cells, cells[i]);
    const bool has_sign = !is_protected && is_finite(weights[i]);
    const unsigned sign = sign_of(weights[i]);
    for (unsigned k = 0; k < kSigns; ++k) found[k] += has_sign && sign == k ? 1 : 0;
    found[kSigns] += is_protected ? 1 : 0;
  }
  add_over_block(found, totals);
}

// MagnitudeDigit, of floats.
struct Digit {
  std::uint32_t shift;
  std::uint32_t width;
  std::uint32_t prefix;
};

// A block's totals fit 32 bits, as a layer's connections do.
__global__ void count_magnitudes_kernel(const float* weights, const std::uint64_t* cells,
                                        std::size_t count, CellSet protected_cells, Digit digit,
                                        std::uint64_t* totals) {
  __shared__ std::uint32_t sums[1U << kMostWidth];
  const std::uint32_t values = 1U << digit.width;
  for (std::uint32_t k = threadIdx.x; k < values; k += blockDim.x) sums[k] = 0;
  __syncthreads();
  for (std::size_t i = element_index(); i < count; i += thread_count()) {
    if (protected_cells.count > 0 && contains(protected_cells, cells[i])) continue;
    const std::uint32_t magnitude = magnitude_bits(weights[i]);
    if (magnitude >> (digit.shift + digit.width) != digit.prefix) continue;
    atomicAdd(&sums[magnitude >> digit.shift & (values - 1)], 1U);
  }
  __syncthreads();
  for (std::uint32_t k = threadIdx.x; k < values; k += blockDim.x) {
    if (sums[k] > 0) add_to_total(&totals[k], sums[k]);
  }
}

}  // namespace

void count_weights(const float* values, std::size_t count, bool only_finite, WeightCounts* counts,
                   const Stream& stream) {
  launch_striding(count, stream, count_weights_kernel, values, count, only_finite,
                  reinterpret_cast<std::uint64_t*>(counts));
}

void count_candidates(const CanonicalWeights& weights, const Cells& cells,
                      const CellSet& protected_cells, CandidateTotals* totals,
                      const Stream& stream) {
  static_assert(sizeof(CandidateTotals) == (kSigns + 1) * sizeof(std::uint64_t));
  launch_striding(weights.count, stream, count_candidates_kernel, weights.values, cells.data(),
                  weights.count, protected_cells, reinterpret_cast<std::uint64_t*>(totals));
}

void require_digit_of_floats(const MagnitudeDigit& digit) {
  REGROW_CHECK(digit.key_bits == kFloatKeyBits, "the magnitudes of floats have 31 bits");
  REGROW_CHECK(digit.width <= kMostWidth && digit.shift <= kFloatKeyBits - digit.width,
               "a digit beyond the magnitudes' bits");
}

void count_magnitudes(const CanonicalWeights& weights, const Cells& cells,
                      const CellSet& protected_cells, const MagnitudeDigit& digit,
                      std::uint64_t* totals, const Stream& stream) {
  require_digit_of_floats(digit);
  // No magnitude has bits above the 31.
  if (digit.prefix >> (kFloatKeyBits - digit.shift - digit.width) != 0) return;
  const Digit of_floats = {digit.shift, digit.width, static_cast<std::uint32_t>(digit.prefix)};
  launch_striding(weights.count, stream, count_magnitudes_kernel, weights.values, cells.data(),
                  weights.count, protected_cells, of_floats, totals);
}

}  // namespace regrow::cuda

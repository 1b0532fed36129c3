// Every random number of the program is a function of (seed, purpose, layer, time, index), computed
// by Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; SC11).
// No generator has a state, so results depend on no thread count and resume needs nothing.
#pragma once

#include <array>
#include <cstdint>

#if defined(__CUDACC__)
#define REGROW_HD __host__ __device__
#else
#define REGROW_HD
#endif

namespace regrow {

using PhiloxBlock = std::array<std::uint32_t, 4>;

/// What a random number is for. The values are part of the checkpoint format: never renumber.
enum class Purpose : std::uint32_t {
  kTopologyCount = 1,  // Binomial draw of a layer's initial connection count
  kTopology = 2,       // which cells are connections at first
  kInitialWeight = 3,  // index = cell
  kSampleOrder = 4,    // permutation of the training samples, time = epoch
  kAugmentation = 5,   // index = position in the epoch's order, time = epoch
  kDropout = 6,        // see regrow/step/dropout.h, time = step
  kGrow = 7,           // which cells grow, time = epoch
  kGrowShortfall = 8,  // random fill where a growth rule finds too few cells
  kGrownWeight = 9,    // index = cell, time = epoch
  kHoldOut = 10,       // keyed by the data seed
  kSynthetic = 11,     // keyed by the data seed
  // Of an evolution between two steps of an epoch, time = the steps done before it.
  kGrowAtStep = 12,
  kGrowShortfallAtStep = 13,
  kGrownWeightAtStep = 14,
  kInitialActivation = 15,  // what an activation learns, index = neuron
  kCandidates = 16,         // which cells are scored by their gradient, time = the steps done
  kProjection = 17,         // signs of a batch's samples, index = sample, time = the steps done
  kTestSplit = 18,          // keyed by the data seed, layer = class
};

/// The ten rounds. key = seed (low word first). Known answers: Random123's kat_vectors.
REGROW_HD constexpr PhiloxBlock philox4x32_10(PhiloxBlock counter, std::uint64_t key) {
  constexpr std::uint32_t kMultiplier0 = 0xD2511F53U, kMultiplier1 = 0xCD9E8D57U;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9U, kWeyl1 = 0xBB67AE85U;
  auto key0 = static_cast<std::uint32_t>(key), key1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{kMultiplier0} * counter[0];
    const std::uint64_t product1 = std::uint64_t{kMultiplier1} * counter[2];
    counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key0,
               static_cast<std::uint32_t>(product1),
               static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key1,
               static_cast<std::uint32_t>(product0)};
    key0 += kWeyl0;
    key1 += kWeyl1;
  }
  return counter;
}

/// The four random words at `index` of the stream (seed, purpose, layer, time).
/// time: epoch or step, as the purpose says; layer < 2^24.
REGROW_HD constexpr PhiloxBlock random_block(std::uint64_t seed, Purpose purpose,
                                             std::uint32_t layer, std::uint32_t time,
                                             std::uint64_t index) {
  return philox4x32_10({static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32),
                        static_cast<std::uint32_t>(purpose) << 24 | layer, time},
                       seed);
}

/// Uniform in [0, 1), a multiple of 2^-24: exact in float on every device.
REGROW_HD constexpr float uniform_from_bits(std::uint32_t bits) {
  return static_cast<float>(bits >> 8) * 0x1p-24F;
}

}  // namespace regrow

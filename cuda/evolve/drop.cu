// Dropping by one stable sort on the bits of the weights, then a scan that splits the connections.
#include <vector>

#include "common/algorithms.h"
#include "evolve/drop.h"
#include "evolve/per_element.h"
#include "regrow/error.h"

namespace regrow::cuda {
namespace {

constexpr std::uint32_t kSignBit = 0x80000000U;
constexpr std::uint32_t kInfinityBits = 0x7F800000U;

// The fields of WeightCounts, in their order; the first three also index a tally by sign.
enum Sign : unsigned { kNegative, kPositive, kZero, kNonFinite };
constexpr unsigned kSigns = 3;
static_assert(sizeof(WeightCounts) == 4 * sizeof(std::uint64_t));

__device__ std::uint32_t magnitude_bits(float value) { return __float_as_uint(value) & ~kSignBit; }

// On the bits, so that denormals, which arithmetic here flushes, keep their sign.
__device__ Sign sign_of(float value) {
  if (magnitude_bits(value) == 0) return kZero;
  return (__float_as_uint(value) & kSignBit) != 0 ? kNegative : kPositive;
}

__global__ void count_weights_kernel(const float* values, std::size_t count, bool only_finite,
                                     std::uint64_t* totals) {
  std::uint32_t found[kNonFinite + 1] = {};
  for (std::size_t i = element_index(); i < count; i += thread_count()) {
    const float value = values[i];
    const bool is_finite = magnitude_bits(value) < kInfinityBits;
    const unsigned kind = is_finite ? sign_of(value) : kNonFinite;
    for (unsigned k = 0; k <= kNonFinite; ++k) {
      found[k] += kind == k && !(only_finite && is_finite) ? 1 : 0;
    }
  }
  add_over_block(found, totals);
}

// What is dropped stands first when sorted by these keys, each sign by itself: zeros, negatives by
// rising |w|, positives by rising |w|. For floats of one sign the bits order as the values do.
__global__ void drop_keys_kernel(const float* weights, std::size_t count, DropRule rule,
                                 std::uint32_t* keys, std::uint32_t* positions,
                                 std::uint64_t* present) {
  const std::size_t i = element_index();
  std::uint32_t found[kSigns] = {};
  if (i < count) {
    const Sign sign = sign_of(weights[i]);
    const bool is_upper = rule == DropRule::kPerSign && sign == kPositive;
    keys[i] = magnitude_bits(weights[i]) | (is_upper ? kSignBit : 0);
    positions[i] = static_cast<std::uint32_t>(i);
    for (unsigned k = 0; k < kSigns; ++k) found[k] = sign == k ? 1 : 0;
  }
  add_over_block(found, present);
}

// flags[i] = 1 where connection i is dropped. positions: all connections as their keys sort them.
__global__ void drop_flags_kernel(const std::uint32_t* positions, std::size_t count, DropRule rule,
                                  LayerDrop plan, const std::uint64_t* present,
                                  std::uint32_t* flags) {
  const std::size_t i = element_index();
  if (i >= count) return;
  bool is_dropped = i < plan.smallest;
  if (rule == DropRule::kPerSign) {
    const std::uint64_t positives_begin = present[kZero] + present[kNegative];
    is_dropped = i < present[kZero] + plan.negatives ||
                 (i >= positives_begin && i - positives_begin < plan.positives);
  }
  flags[positions[i]] = is_dropped ? 1 : 0;
}

struct SplitTargets {
  std::uint64_t* kept_cells;
  float* kept_weights;
  float* kept_momentum;
  std::uint64_t* dropped_cells;
  float* dropped_momentum;
};

// dropped_before [count]: how many before a connection are dropped, which is the place of a dropped
// one, and by how much a kept one moves down.
__global__ void split_kernel(const std::uint64_t* cells, const float* weights,
                             const float* momentum, std::size_t count, const std::uint32_t* flags,
                             const std::uint64_t* dropped_before, SplitTargets to,
                             std::uint64_t* dropped) {
  const std::size_t i = element_index();
  std::uint32_t found[kSigns] = {};
  if (i < count) {
    const std::uint64_t place = dropped_before[i];
    if (flags[i] != 0) {
      to.dropped_cells[place] = cells[i];
      to.dropped_momentum[place] = momentum[i];
      const Sign sign = sign_of(weights[i]);
      for (unsigned k = 0; k < kSigns; ++k) found[k] = sign == k ? 1 : 0;
    } else {
      to.kept_cells[i - place] = cells[i];
      to.kept_weights[i - place] = weights[i];
      to.kept_momentum[i - place] = momentum[i];
    }
  }
  add_over_block(found, dropped);
}

}  // namespace

void count_weights(const float* values, std::size_t count, bool only_finite, WeightCounts* counts,
                   const Stream& stream) {
  launch_striding(count, stream, count_weights_kernel, values, count, only_finite,
                  reinterpret_cast<std::uint64_t*>(counts));
}

DropOutcome drop(const Connections& connections, DropRule rule, const LayerDrop& counts,
                 const Stream& stream) {
  const std::size_t count = connections.count;
  const float* weights = connections.weights.data();
  // How many zeros there are is known on the device alone until the end, so that the host waits
  // once: every array has room for all.
  DropOutcome outcome;
  outcome.kept.cells = {count, "kept cells", stream};
  outcome.kept.weights = {count, "kept weights", stream};
  outcome.kept.momentum = {count, "kept momentum", stream};
  outcome.dropped.cells = {count, "dropped cells", stream};
  outcome.dropped.momentum = {count, "dropped momentum", stream};
  DeviceArray<std::uint64_t> tallies(2 * kSigns, "counts by sign", stream);
  tallies.zero();
  std::uint64_t* const present = tallies.data();
  std::uint64_t* const dropped = tallies.data() + kSigns;

  DeviceArray<std::uint32_t> keys(count, "keys of a drop", stream);
  DeviceArray<std::uint32_t> positions(count, "order of a drop", stream);
  launch_per_element(count, stream, drop_keys_kernel, weights, count, rule, keys.data(),
                     positions.data(), present);
  sort_by_key(keys.data(), positions.data(), count, stream);  // stable: ties go by cell
  DeviceArray<std::uint32_t>& flags = keys;
  launch_per_element(count, stream, drop_flags_kernel, positions.data(), count, rule, counts,
                     present, flags.data());
  DeviceArray<std::uint64_t> dropped_before(count + 1, "places of a drop", stream);
  exclusive_scan(flags.data(), count, dropped_before.data(), stream);
  const SplitTargets targets = {outcome.kept.cells.data(), outcome.kept.weights.data(),
                                outcome.kept.momentum.data(), outcome.dropped.cells.data(),
                                outcome.dropped.momentum.data()};
  launch_per_element(count, stream, split_kernel, connections.cells.data(), weights,
                     connections.momentum.data(), count, flags.data(), dropped_before.data(),
                     targets, dropped);

  const std::vector<std::uint64_t> tally = tallies.download();
  const bool is_possible = rule == DropRule::kPerSign ? counts.negatives <= tally[kNegative] &&
                                                            counts.positives <= tally[kPositive]
                                                      : counts.smallest <= count;
  REGROW_CHECK(is_possible, "a drop plan asks for more weights than there are");
  DropReport& report = outcome.report;
  report.negatives = tally[kSigns + kNegative];
  report.positives = tally[kSigns + kPositive];
  report.zeros = tally[kSigns + kZero];
  report.remaining = count - report.dropped();
  outcome.kept.count = report.remaining;
  outcome.dropped.count = report.dropped();
  return outcome;
}

}  // namespace regrow::cuda

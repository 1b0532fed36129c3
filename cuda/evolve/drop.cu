// Dropping by one stable sort on the bits of the weights, then a scan that splits the connections.
#include <vector>

#include "common/algorithms.h"
#include "evolve/drop.h"
#include "evolve/per_element.h"
#include "evolve/signs.h"
#include "regrow/error.h"

namespace regrow::cuda {
namespace {

// Behind every candidate. The one magnitude that would be equal, of a NaN, counts as the next.
constexpr std::uint32_t kProtectedKey = 0xFFFFFFFFU;
constexpr std::uint32_t kMostMagnitude = 0x7FFFFFFEU;

// Counts of candidates by sign, and of what is protected.
constexpr unsigned kTallied = kSigns + 1;

// What is dropped stands first when sorted by these keys, each sign by itself: zeros, negatives by
// rising |w|, positives by rising |w|. For floats of one sign the bits order as the values do.
// present: [kTallied]
__global__ void drop_keys_kernel(const std::uint64_t* cells, const float* weights,
                                 std::size_t count, DropGroups groups, CellSet protected_cells,
                                 std::uint32_t* keys, std::uint32_t* positions,
                                 std::uint64_t* present) {
  const std::size_t i = element_index();
  std::uint32_t found[kTallied] = {};
  if (i < count) {
    const bool is_protected = protected_cells.count > 0 && contains(protected_cells, cells[i]);
    unsigned kind = kSigns;
    if (!is_protected) kind = sign_of(weights[i]);
    const bool is_upper = groups == DropGroups::kBySign && kind == kPositive;
    keys[i] = is_protected
                  ? kProtectedKey
                  : min(magnitude_bits(weights[i]), kMostMagnitude) | (is_upper ? kSignBit : 0);
    positions[i] = static_cast<std::uint32_t>(i);
    for (unsigned k = 0; k < kTallied; ++k) found[k] = kind == k ? 1 : 0;
  }
  add_over_block(found, present);
}

// flags[i] = 1 where connection i is dropped. positions: all connections as their keys sort them.
__global__ void drop_flags_kernel(const std::uint32_t* positions, std::size_t count,
                                  DropGroups groups, LayerDrop plan, const std::uint64_t* present,
                                  std::uint32_t* flags) {
  const std::size_t i = element_index();
  if (i >= count) return;
  bool is_dropped = i < plan.smallest;
  if (groups == DropGroups::kBySign) {
    const std::uint64_t positives_begin = present[kZero] + present[kNegative];
    is_dropped = i < present[kZero] + plan.negatives ||
                 (i >= positives_begin && i - positives_begin < plan.positives);
  }
  flags[positions[i]] = is_dropped ? 1 : 0;
}

struct SplitTargets {
  std::uint64_t* kept_cells;
  ParameterView kept;
  std::uint64_t* dropped_cells;
  ParameterView dropped;  // values may be null
};

// dropped_before [count]: how many before a connection are dropped, which is the place of a dropped
// one, and by how much a kept one moves down.
__global__ void split_kernel(const std::uint64_t* cells, ParameterView weights, std::size_t count,
                             const std::uint32_t* flags, const std::uint64_t* dropped_before,
                             SplitTargets to, std::uint64_t* dropped) {
  const std::size_t i = element_index();
  std::uint32_t found[kSigns] = {};
  if (i < count) {
    const std::uint64_t place = dropped_before[i];
    if (flags[i] != 0) {
      to.dropped_cells[place] = cells[i];
      if (to.dropped.values != nullptr) to.dropped.values[place] = weights.values[i];
      move_slots(weights, i, to.dropped, place);
      const Sign sign = sign_of(weights.values[i]);
      for (unsigned k = 0; k < kSigns; ++k) found[k] = sign == k ? 1 : 0;
    } else {
      to.kept_cells[i - place] = cells[i];
      to.kept.values[i - place] = weights.values[i];
      move_slots(weights, i, to.kept, i - place);
    }
  }
  add_over_block(found, dropped);
}

}  // namespace

DropOutcome drop(const Connections& connections, DropGroups groups, const LayerDrop& counts,
                 const CellSet& protected_cells, const Stream& stream, bool keep_weights) {
  const std::size_t count = connections.count;
  const ParameterView weights = connections.weights.view();
  const std::size_t slots = connections.weights.slots.size();
  // How many zeros there are is known on the device alone until the end, so that the host waits
  // once: every array has room for all.
  DropOutcome outcome;
  outcome.kept.cells = {count, "kept cells", stream};
  outcome.kept.weights = DeviceParameter(count, slots, "kept weights", stream);
  outcome.dropped.cells = {count, "dropped cells", stream};
  if (keep_weights) outcome.dropped.weights.values = {count, "weights of what drops", stream};
  for (std::size_t s = 0; s < slots; ++s) {
    outcome.dropped.weights.slots.emplace_back(count, "slots of what drops", stream);
  }
  DeviceArray<std::uint64_t> tallies(kTallied + kSigns, "counts by sign", stream);
  tallies.zero();
  std::uint64_t* const present = tallies.data();
  std::uint64_t* const dropped = tallies.data() + kTallied;

  DeviceArray<std::uint32_t> keys(count, "keys of a drop", stream);
  DeviceArray<std::uint32_t> positions(count, "order of a drop", stream);
  launch_per_element(count, stream, drop_keys_kernel, connections.cells.data(), weights.values,
                     count, groups, protected_cells, keys.data(), positions.data(), present);
  sort_by_key(keys.data(), positions.data(), count, stream);  // stable: ties go by cell
  DeviceArray<std::uint32_t>& flags = keys;
  launch_per_element(count, stream, drop_flags_kernel, positions.data(), count, groups, counts,
                     present, flags.data());
  DeviceArray<std::uint64_t> dropped_before(count + 1, "places of a drop", stream);
  exclusive_scan(flags.data(), count, dropped_before.data(), stream);
  const SplitTargets targets = {outcome.kept.cells.data(), outcome.kept.weights.view(),
                                outcome.dropped.cells.data(), outcome.dropped.weights.view()};
  launch_per_element(count, stream, split_kernel, connections.cells.data(), weights, count,
                     flags.data(), dropped_before.data(), targets, dropped);

  const std::vector<std::uint64_t> tally = tallies.download();
  const std::uint64_t candidates = tally[kNegative] + tally[kPositive] + tally[kZero];
  const bool is_possible = groups == DropGroups::kBySign ? counts.negatives <= tally[kNegative] &&
                                                               counts.positives <= tally[kPositive]
                                                         : counts.smallest <= candidates;
  REGROW_CHECK(is_possible, "a plan drops more weights than there are");
  REGROW_CHECK(tally[kSigns] == protected_cells.count,
               "a plan protects cells that are no connections");
  DropReport& report = outcome.report;
  report.negatives = tally[kTallied + kNegative];
  report.positives = tally[kTallied + kPositive];
  report.zeros = tally[kTallied + kZero];
  report.remaining = count - report.dropped();
  outcome.kept.count = report.remaining;
  outcome.dropped.count = report.dropped();
  return outcome;
}

}  // namespace regrow::cuda

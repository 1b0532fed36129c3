#include "cpu/drop.h"

#include <array>
#include <cstddef>
#include <span>

#include "cpu/magnitudes.h"
#include "regrow/error.h"

namespace regrow::cpu {
namespace {

// Where the smallest magnitudes of a group end: those below `magnitude` drop, and the first `ties`
// of those equal to it. The initial values drop nothing.
struct Cut {
  std::uint32_t magnitude = 0;
  std::uint64_t ties = 0;

  // Asked of a group's members in ascending order of cells.
  bool drops(std::uint32_t member) {
    if (member != magnitude || ties == 0) return member < magnitude;
    --ties;
    return true;
  }
};

// A magnitude by its digits, the highest first. 2^11 counters stay in the first cache.
struct Digit {
  std::uint32_t shift;
  std::uint32_t width;
};
constexpr std::array<Digit, 3> kDigits = {{{20, 11}, {9, 11}, {0, 9}}};

// Adds `by` for every member whose bits above the digit are `prefix`.
template <typename IsMember>
void count_members(std::span<const float> weights, const Digit& digit, std::uint32_t prefix,
                   const IsMember& is_member, std::uint64_t by,
                   std::array<std::uint64_t, 2048>& sizes) {
  const std::uint32_t last = (std::uint32_t{1} << digit.width) - 1;
  for (const float weight : weights) {
    const std::uint32_t magnitude = magnitude_bits(weight);
    if (magnitude >> (digit.shift + digit.width) != prefix) continue;
    // Half of the weights have either sign: nothing to branch on.
    sizes[magnitude >> digit.shift & last] += by * (is_member(weight) ? 1 : 0);
  }
}

// The cut below which, ties included, there are `count` members that are not protected.
template <typename IsMember>
Cut cut_of(std::span<const float> weights, std::span<const float> protected_weights,
           std::uint64_t count, const IsMember& is_member) {
  Cut cut;
  if (count == 0) return cut;
  constexpr std::uint64_t kMinusOne = ~std::uint64_t{0};
  cut.ties = count;
  for (const Digit& digit : kDigits) {
    std::array<std::uint64_t, 2048> sizes{};
    count_members(weights, digit, cut.magnitude, is_member, 1, sizes);
    count_members(protected_weights, digit, cut.magnitude, is_member, kMinusOne, sizes);
    std::uint32_t value = 0;
    while (value < sizes.size() && sizes[value] < cut.ties) cut.ties -= sizes[value++];
    REGROW_CHECK(value < sizes.size(), "a plan drops more weights than may drop");
    cut.magnitude = cut.magnitude << digit.width | value;
  }
  return cut;
}

std::vector<float> weights_at(const CellList& cells, const Connections& connections) {
  std::vector<float> weights;
  weights.reserve(cells.size());
  for (std::size_t i = 0; i < connections.size() && weights.size() < cells.size(); ++i) {
    if (connections.cells[i] == cells[weights.size()]) weights.push_back(connections.weights[i]);
  }
  REGROW_CHECK(weights.size() == cells.size(), "protected cells are connections, and ascend");
  return weights;
}

bool is_negative(float weight) { return magnitude_bits(weight) != 0 && has_sign(weight); }
bool is_positive(float weight) { return magnitude_bits(weight) != 0 && !has_sign(weight); }

// Decides on one candidate after the other, in ascending order of cells.
class Choice {
 public:
  Choice(DropGroups groups, const LayerDrop& drop, std::span<const float> weights,
         std::span<const float> protected_weights)
      : by_sign_(groups == DropGroups::kBySign) {
    if (by_sign_) {
      cuts_[0] = cut_of(weights, protected_weights, drop.positives, is_positive);
      cuts_[1] = cut_of(weights, protected_weights, drop.negatives, is_negative);
    } else {
      cuts_[0] = cut_of(weights, protected_weights, drop.smallest, [](float) { return true; });
    }
  }

  bool drops(float weight) {
    const std::uint32_t magnitude = magnitude_bits(weight);
    if (by_sign_ && magnitude == 0) return true;
    return cuts_[by_sign_ && has_sign(weight) ? 1 : 0].drops(magnitude);
  }

 private:
  bool by_sign_;
  std::array<Cut, 2> cuts_;
};

std::uint64_t planned_drops(DropGroups groups, const LayerDrop& drop) {
  return groups == DropGroups::kBySign ? drop.negatives + drop.positives : drop.smallest;
}

}  // namespace

DropReport drop_connections(DropGroups groups, const LayerEvolution& plan, Connections& connections,
                            const DropRecord& record, DroppedConnections& dropped) {
  const CellList& protects = plan.protected_cells;
  Choice choice(groups, plan.drop, connections.weights, weights_at(protects, connections));
  const std::size_t slot_count = connections.slots.size();
  const std::uint64_t planned = planned_drops(groups, plan.drop);
  if (record.cells) dropped.cells.reserve(planned);
  if (record.weights) dropped.weights.reserve(planned);
  dropped.slots.resize(record.slots ? slot_count : 0);
  for (auto& slot : dropped.slots) slot.reserve(planned);
  DropReport report;
  std::size_t kept = 0, next_protected = 0;
  for (std::size_t i = 0; i < connections.size(); ++i) {
    const std::uint64_t cell = connections.cells[i];
    const float weight = connections.weights[i];
    const bool is_protected = next_protected < protects.size() && protects[next_protected] == cell;
    next_protected += is_protected ? 1 : 0;
    const bool goes = !is_protected && choice.drops(weight);
    if (goes) {
      ++(magnitude_bits(weight) == 0 ? report.zeros
         : has_sign(weight)          ? report.negatives
                                     : report.positives);
      if (record.cells) dropped.cells.push_back(cell);
      if (record.weights) dropped.weights.push_back(weight);
      for (std::size_t s = 0; s < dropped.slots.size(); ++s) {
        dropped.slots[s].push_back(connections.slots[s][i]);
      }
    }
    connections.cells[kept] = cell;
    connections.weights[kept] = weight;
    for (std::size_t s = 0; s < slot_count; ++s) {
      connections.slots[s][kept] = connections.slots[s][i];
    }
    kept += goes ? 0 : 1;
  }
  connections.cells.resize(kept);
  connections.weights.resize(kept);
  for (auto& slot : connections.slots) slot.resize(kept);
  report.remaining = kept;
  return report;
}

}  // namespace regrow::cpu

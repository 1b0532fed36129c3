#include "cpu/drop.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <span>
#include <vector>

#include "cpu/magnitudes.h"
#include "regrow/error.h"

namespace regrow::cpu {
namespace {

// Where the smallest magnitudes of a group end: those below `magnitude` drop, and the first `ties`
// of those equal to it, in ascending order of cells. The initial values drop nothing.
struct Cut {
  std::uint32_t magnitude = 0;
  std::uint64_t ties = 0;
};

// A magnitude by its digits, the highest first. 2^11 counters stay in the first cache.
struct Digit {
  std::uint32_t shift;
  std::uint32_t width;
};
constexpr std::array<Digit, 3> kDigits = {{{20, 11}, {9, 11}, {0, 9}}};

std::span<const float> part_of(std::span<const float> values, unsigned worker,
                               const Workers& workers) {
  const Range part = even_part(values.size(), worker, workers.size());
  return values.subspan(part.first, part.size());
}

LargeVector<float> weights_at(const CellList& cells, const Connections& connections,
                              Workers& workers) {
  LargeVector<float> weights(cells.size());
  workers.share(cells.size(), [&](const Range& part) {
    if (part.size() == 0) return;
    auto at =
        std::lower_bound(connections.cells.begin(), connections.cells.end(), cells[part.first]);
    for (std::size_t c = part.first; c < part.last; ++c) {
      while (at != connections.cells.end() && *at < cells[c]) ++at;
      REGROW_CHECK(
          at != connections.cells.end() && *at == cells[c] && (c == 0 || cells[c - 1] < cells[c]),
          "protected cells are connections, and ascend");
      weights[c] = connections.weights[static_cast<std::size_t>(at - connections.cells.begin())];
    }
  });
  return weights;
}

// What decides on a candidate by its weight alone, and what is left to the order of cells.
class Choice {
 public:
  Choice(DropGroups groups, const LayerDrop& drop, std::span<const float> weights,
         std::span<const float> protected_weights, Workers& workers)
      : sign_mask_(groups == DropGroups::kBySign ? 1 : 0) {
    const bool by_sign = groups == DropGroups::kBySign;
    cuts_[0].ties = by_sign ? drop.positives : drop.smallest;
    cuts_[1].ties = by_sign ? drop.negatives : 0;
    find_cuts(weights, protected_weights, workers);
  }

  const std::array<Cut, 2>& cuts() const { return cuts_; }
  // Signs and sizes are as good as random: nothing to branch on, so that no && may be there.
  std::size_t group_of(float weight) const {
    return std::bit_cast<std::uint32_t>(weight) >> kMagnitudeBits & sign_mask_;
  }
  bool drops(float weight) const {
    return (magnitude_bits(weight) < cuts_[group_of(weight)].magnitude) | is_apart(weight);
  }
  bool is_tie(float weight) const {
    return (magnitude_bits(weight) == cuts_[group_of(weight)].magnitude) & !is_apart(weight);
  }

 private:
  using Sizes = std::array<std::array<std::uint64_t, 2048>, 2>;  // by group

  // Zeros, where the others are told apart by their sign: they all drop.
  bool is_apart(float weight) const { return (magnitude_bits(weight) == 0) & (sign_mask_ != 0); }

  // The cuts below which, ties included, there are so many members that are not protected.
  void find_cuts(std::span<const float> weights, std::span<const float> protected_weights,
                 Workers& workers) {
    constexpr std::uint64_t kMinusOne = ~std::uint64_t{0};
    if (cuts_[0].ties + cuts_[1].ties == 0) return;
    std::vector<Sizes> sizes(workers.size());
    for (const Digit& digit : kDigits) {
      workers.run([&](unsigned worker) {
        sizes[worker] = {};
        count(part_of(weights, worker, workers), digit, 1, sizes[worker]);
        count(part_of(protected_weights, worker, workers), digit, kMinusOne, sizes[worker]);
      });
      for (std::size_t group = 0; group < cuts_.size(); ++group) {
        Cut& cut = cuts_[group];
        if (cut.ties == 0) continue;
        const auto size_of = [&](std::uint32_t value) {
          std::uint64_t sum = 0;
          for (const Sizes& of_worker : sizes) sum += of_worker[group][value];
          return sum;
        };
        std::uint32_t value = 0;
        const std::uint32_t end = std::uint32_t{1} << digit.width;
        for (std::uint64_t size = 0; value < end && (size = size_of(value)) < cut.ties; ++value) {
          cut.ties -= size;
        }
        REGROW_CHECK(value < end, "a plan drops more weights than may drop");
        cut.magnitude = cut.magnitude << digit.width | value;
      }
    }
  }

  // Adds `by` for every member whose bits above the digit are those of its group's cut.
  void count(std::span<const float> weights, const Digit& digit, std::uint64_t by,
             Sizes& sizes) const {
    const std::uint32_t last = (std::uint32_t{1} << digit.width) - 1;
    const std::array<std::uint32_t, 2> prefixes = {cuts_[0].magnitude, cuts_[1].magnitude};
    for (const float weight : weights) {
      const std::uint32_t magnitude = magnitude_bits(weight);
      // Half of the weights have either sign: nothing to branch on.
      const std::size_t group = group_of(weight);
      if (magnitude >> (digit.shift + digit.width) != prefixes[group]) continue;
      sizes[group][magnitude >> digit.shift & last] += is_apart(weight) ? 0 : by;
    }
  }

  std::uint32_t sign_mask_;  // of the sign that tells groups apart: 1, or 0 for one group
  std::array<Cut, 2> cuts_;
};

// Of the connections of one worker.
struct Part {
  Range connections;
  std::size_t next_protected = 0;          // the first protected cell that is not before them
  std::array<std::uint64_t, 2> ties = {};  // candidates at each cut; then those that drop
  std::uint64_t dropped = 0;
  std::uint64_t first_dropped = 0;  // of all that drop
  DropReport report;
};

// Calls body(i, is_protected) for each connection of the part.
template <typename Body>
void for_each(const Part& part, const Connections& connections, const CellList& protects,
              const Body& body) {
  std::size_t next = part.next_protected;
  for (std::size_t i = part.connections.first; i < part.connections.last; ++i) {
    const bool is_protected = next < protects.size() && protects[next] == connections.cells[i];
    next += is_protected ? 1 : 0;
    body(i, is_protected);
  }
}

void count_drops(const Choice& choice, const Connections& connections, const CellList& protects,
                 Part& part) {
  if (part.connections.size() == 0) return;
  const auto next =
      std::lower_bound(protects.begin(), protects.end(), connections.cells[part.connections.first]);
  part.next_protected = static_cast<std::size_t>(next - protects.begin());
  std::uint64_t dropped = 0;
  std::array<std::uint64_t, 2> ties = {};
  for_each(part, connections, protects, [&](std::size_t i, bool is_protected) {
    const float weight = connections.weights[i];
    dropped += !is_protected & choice.drops(weight) ? 1 : 0;
    ties[choice.group_of(weight)] += !is_protected & choice.is_tie(weight) ? 1 : 0;
  });
  part.dropped = dropped;
  part.ties = ties;
}

// Leaves to each part as many ties as the parts before it have left.
void share_ties(const Choice& choice, std::span<Part> parts) {
  std::array<Cut, 2> left = choice.cuts();
  std::uint64_t dropped = 0;
  for (Part& part : parts) {
    for (std::size_t group = 0; group < left.size(); ++group) {
      part.ties[group] = std::min(part.ties[group], left[group].ties);
      left[group].ties -= part.ties[group];
      part.dropped += part.ties[group];
    }
    part.first_dropped = dropped;
    dropped += part.dropped;
  }
}

// Moves those that stay to the front of their part.
void drop_part(const Choice& choice, const CellList& protects, const DropRecord& record,
               Connections& connections, DroppedConnections& dropped, Part& part) {
  const std::size_t slot_count = connections.slots.size();
  const std::size_t end = part.first_dropped + part.dropped;
  std::size_t kept = part.connections.first, gone = part.first_dropped;
  std::array<std::uint64_t, 2> ties = part.ties;
  std::array<std::uint64_t, 2> signs = {};
  std::uint64_t zeros = 0;
  for_each(part, connections, protects, [&](std::size_t i, bool is_protected) {
    const float weight = connections.weights[i];
    const std::uint64_t cell = connections.cells[i];
    std::uint64_t& left = ties[choice.group_of(weight)];
    const bool is_zero = magnitude_bits(weight) == 0;
    const bool is_tie = !is_protected & choice.is_tie(weight) & (left > 0);
    left -= is_tie ? 1 : 0;
    const bool goes = is_tie | (!is_protected & choice.drops(weight));
    zeros += goes & is_zero ? 1 : 0;
    signs[has_sign(weight) ? 1 : 0] += goes & !is_zero ? 1 : 0;
    // Who goes is as good as random: nothing to branch on. What is written of one that stays, the
    // next one writes over.
    if (gone < end) {
      if (record.cells) dropped.cells[gone] = cell;
      if (record.weights) dropped.weights[gone] = weight;
      for (std::size_t s = 0; s < dropped.slots.size(); ++s) {
        dropped.slots[s][gone] = connections.slots[s][i];
      }
    }
    gone += goes ? 1 : 0;
    connections.cells[kept] = cell;
    connections.weights[kept] = weight;
    for (std::size_t s = 0; s < slot_count; ++s) {
      connections.slots[s][kept] = connections.slots[s][i];
    }
    kept += goes ? 0 : 1;
  });
  part.report.positives = signs[0];
  part.report.negatives = signs[1];
  part.report.zeros = zeros;
}

// Closes the gaps that the parts have at their ends.
template <typename Values>
void close_gaps(std::span<const Part> parts, std::size_t kept, Values& values) {
  auto to = values.begin();
  for (const Part& part : parts) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(part.connections.first);
    to = std::copy_n(first, part.connections.size() - part.dropped, to);
  }
  values.resize(kept);
}

}  // namespace

DropReport drop_connections(DropGroups groups, const LayerEvolution& plan, Connections& connections,
                            const DropRecord& record, DroppedConnections& dropped,
                            Workers& workers) {
  const CellList& protects = plan.protected_cells;
  const Choice choice(groups, plan.drop, connections.weights,
                      weights_at(protects, connections, workers), workers);
  std::vector<Part> parts(workers.size());
  workers.run([&](unsigned worker) {
    parts[worker].connections = even_part(connections.size(), worker, workers.size());
    count_drops(choice, connections, protects, parts[worker]);
  });
  share_ties(choice, parts);
  const std::uint64_t gone = parts.back().first_dropped + parts.back().dropped;
  dropped.cells.resize(record.cells ? gone : 0);
  dropped.weights.resize(record.weights ? gone : 0);
  dropped.slots.resize(record.slots ? connections.slots.size() : 0);
  for (LargeVector<float>& slot : dropped.slots) slot.resize(gone);
  workers.run([&](unsigned worker) {
    drop_part(choice, protects, record, connections, dropped, parts[worker]);
  });
  const std::size_t kept = connections.size() - gone;
  workers.run([&](unsigned worker) {
    // An array each: the first two, then the slots.
    for (std::size_t a = worker; a < 2 + connections.slots.size(); a += workers.size()) {
      if (a == 0) {
        close_gaps(parts, kept, connections.cells);
      } else {
        close_gaps(parts, kept, a == 1 ? connections.weights : connections.slots[a - 2]);
      }
    }
  });
  DropReport report;
  for (const Part& part : parts) {
    report.zeros += part.report.zeros;
    report.negatives += part.report.negatives;
    report.positives += part.report.positives;
  }
  report.remaining = kept;
  return report;
}

}  // namespace regrow::cpu

#include "cpu/drop.h"

#include <algorithm>
#include <array>
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

using Sizes = std::array<std::uint64_t, 2048>;

// Adds `by` for every member whose bits above the digit are `prefix`.
template <typename IsMember>
void count_members(std::span<const float> weights, const Digit& digit, std::uint32_t prefix,
                   const IsMember& is_member, std::uint64_t by, Sizes& sizes) {
  const std::uint32_t last = (std::uint32_t{1} << digit.width) - 1;
  for (const float weight : weights) {
    const std::uint32_t magnitude = magnitude_bits(weight);
    if (magnitude >> (digit.shift + digit.width) != prefix) continue;
    // Half of the weights have either sign: nothing to branch on.
    sizes[magnitude >> digit.shift & last] += by * (is_member(weight) ? 1 : 0);
  }
}

std::span<const float> part_of(std::span<const float> values, const Range& part) {
  return values.subspan(part.first, part.size());
}

// The cut below which, ties included, there are `count` members that are not protected.
template <typename IsMember>
Cut cut_of(std::span<const float> weights, std::span<const float> protected_weights,
           std::uint64_t count, const IsMember& is_member, Workers& workers) {
  Cut cut;
  if (count == 0) return cut;
  constexpr std::uint64_t kMinusOne = ~std::uint64_t{0};
  cut.ties = count;
  std::vector<Sizes> sizes(workers.size());
  for (const Digit& digit : kDigits) {
    workers.run([&](unsigned worker) {
      Sizes& counted = sizes[worker];
      counted.fill(0);
      const auto part = [&](std::span<const float> values) {
        return part_of(values, even_part(values.size(), worker, workers.size()));
      };
      count_members(part(weights), digit, cut.magnitude, is_member, 1, counted);
      count_members(part(protected_weights), digit, cut.magnitude, is_member, kMinusOne, counted);
    });
    for (unsigned worker = 1; worker < workers.size(); ++worker) {
      for (std::size_t v = 0; v < sizes[0].size(); ++v) sizes[0][v] += sizes[worker][v];
    }
    std::uint32_t value = 0;
    while (value < sizes[0].size() && sizes[0][value] < cut.ties) cut.ties -= sizes[0][value++];
    REGROW_CHECK(value < sizes[0].size(), "a plan drops more weights than may drop");
    cut.magnitude = cut.magnitude << digit.width | value;
  }
  return cut;
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

bool is_negative(float weight) { return magnitude_bits(weight) != 0 && has_sign(weight); }
bool is_positive(float weight) { return magnitude_bits(weight) != 0 && !has_sign(weight); }

// What decides on a candidate by its weight alone, and what is left to the order of cells.
class Choice {
 public:
  Choice(DropGroups groups, const LayerDrop& drop, std::span<const float> weights,
         std::span<const float> protected_weights, Workers& workers)
      : by_sign_(groups == DropGroups::kBySign) {
    if (by_sign_) {
      cuts_[0] = cut_of(weights, protected_weights, drop.positives, is_positive, workers);
      cuts_[1] = cut_of(weights, protected_weights, drop.negatives, is_negative, workers);
    } else {
      const auto any = [](float) { return true; };
      cuts_[0] = cut_of(weights, protected_weights, drop.smallest, any, workers);
    }
  }

  const std::array<Cut, 2>& cuts() const { return cuts_; }
  std::size_t group_of(float weight) const { return by_sign_ && has_sign(weight) ? 1 : 0; }
  bool drops(float weight) const {
    const std::uint32_t magnitude = magnitude_bits(weight);
    return magnitude < cuts_[group_of(weight)].magnitude || (by_sign_ && magnitude == 0);
  }
  bool is_tie(float weight) const {
    const std::uint32_t magnitude = magnitude_bits(weight);
    return magnitude == cuts_[group_of(weight)].magnitude && !(by_sign_ && magnitude == 0);
  }

 private:
  bool by_sign_;
  std::array<Cut, 2> cuts_;
};

// Of the connections of one worker.
struct Part {
  Range connections;
  std::size_t next_protected = 0;     // the first protected cell that is not before them
  std::array<std::uint64_t, 2> ties;  // candidates at each cut; then those of them that drop
  std::uint64_t dropped = 0;
  std::uint64_t first_dropped = 0;  // of all that drop
  DropReport report;
};

// Calls body(i) for each candidate of the part, and other(i) for what is protected.
template <typename Body, typename Other>
void for_each(const Part& part, const Connections& connections, const CellList& protects,
              const Body& body, const Other& other) {
  std::size_t next = part.next_protected;
  for (std::size_t i = part.connections.first; i < part.connections.last; ++i) {
    if (next < protects.size() && protects[next] == connections.cells[i]) {
      ++next;
      other(i);
    } else {
      body(i);
    }
  }
}

void count_drops(const Choice& choice, const Connections& connections, const CellList& protects,
                 Part& part) {
  const auto first =
      connections.cells.begin() + static_cast<std::ptrdiff_t>(part.connections.first);
  const auto next = first == connections.cells.end()
                        ? protects.end()
                        : std::lower_bound(protects.begin(), protects.end(), *first);
  part.next_protected = static_cast<std::size_t>(next - protects.begin());
  for_each(
      part, connections, protects,
      [&](std::size_t i) {
        const float weight = connections.weights[i];
        part.dropped += choice.drops(weight) ? 1 : 0;
        part.ties[choice.group_of(weight)] += choice.is_tie(weight) ? 1 : 0;
      },
      [](std::size_t) {});
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
  std::size_t kept = part.connections.first, gone = part.first_dropped;
  std::array<std::uint64_t, 2> ties = part.ties;
  const auto keep = [&](std::size_t i) {
    connections.cells[kept] = connections.cells[i];
    connections.weights[kept] = connections.weights[i];
    for (std::size_t s = 0; s < slot_count; ++s) {
      connections.slots[s][kept] = connections.slots[s][i];
    }
    ++kept;
  };
  for_each(
      part, connections, protects,
      [&](std::size_t i) {
        const float weight = connections.weights[i];
        std::uint64_t& left = ties[choice.group_of(weight)];
        const bool is_tie = choice.is_tie(weight) && left > 0;
        left -= is_tie ? 1 : 0;
        const bool goes = is_tie || choice.drops(weight);
        if (goes) {
          ++(magnitude_bits(weight) == 0 ? part.report.zeros
             : has_sign(weight)          ? part.report.negatives
                                         : part.report.positives);
          if (record.cells) dropped.cells[gone] = connections.cells[i];
          if (record.weights) dropped.weights[gone] = weight;
          for (std::size_t s = 0; s < dropped.slots.size(); ++s) {
            dropped.slots[s][gone] = connections.slots[s][i];
          }
          ++gone;
          return;
        }
        keep(i);
      },
      keep);
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

// Magnitude drop by selection, not sorting: O(connections), ties to the lower cell.
#include <algorithm>
#include <bit>

#include "cpu/connections.h"
#include "regrow/error.h"

namespace regrow::cpu {
namespace {

constexpr std::uint32_t kSignBit = 0x80000000U;
constexpr std::uint32_t kInfinityBits = 0x7F800000U;

std::uint32_t magnitude_bits(float value) {
  return std::bit_cast<std::uint32_t>(value) & ~kSignBit;
}
bool is_negative(float value) { return (std::bit_cast<std::uint32_t>(value) & kSignBit) != 0; }

// |w| above the index: for floats of one sign the bits order as the values do, and the index, which
// orders as the cell does, breaks ties.
std::uint64_t drop_key(float weight, std::size_t index) {
  return std::uint64_t{magnitude_bits(weight)} << 32 | index;
}

// Marks the `count` smallest keys as dropped.
void mark_smallest(std::vector<std::uint64_t>& keys, std::uint64_t count,
                   std::vector<bool>& dropped) {
  REGROW_CHECK(count <= keys.size(), "a plan drops more weights than there are");
  if (count == 0) return;
  std::nth_element(keys.begin(), keys.begin() + static_cast<std::ptrdiff_t>(count - 1), keys.end());
  for (std::uint64_t i = 0; i < count; ++i) dropped[keys[i] & 0xFFFFFFFFU] = true;
}

}  // namespace

WeightCounts count_signs(std::span<const float> values) {
  WeightCounts counts;
  for (const float value : values) {
    const std::uint32_t magnitude = magnitude_bits(value);
    if (magnitude >= kInfinityBits) {
      ++counts.non_finite;
    } else if (magnitude == 0) {
      ++counts.zeros;
    } else if (is_negative(value)) {
      ++counts.negatives;
    } else {
      ++counts.positives;
    }
  }
  return counts;
}

std::uint64_t count_non_finite(std::span<const float> values) {
  return static_cast<std::uint64_t>(std::count_if(values.begin(), values.end(), [](float value) {
    return magnitude_bits(value) >= kInfinityBits;
  }));
}

Connections drop_connections(Connections& connections, DropRule rule, const LayerDrop& plan,
                             DropReport& report) {
  const std::size_t count = connections.size();
  std::vector<bool> dropped(count);
  std::vector<std::uint64_t> negatives, positives;
  negatives.reserve(count);
  positives.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const float weight = connections.weights[i];
    if (rule == DropRule::kPerSign && magnitude_bits(weight) == 0) {
      dropped[i] = true;
    } else {
      const bool first_list = rule == DropRule::kMagnitude || is_negative(weight);
      (first_list ? negatives : positives).push_back(drop_key(weight, i));
    }
  }
  if (rule == DropRule::kPerSign) {
    mark_smallest(negatives, plan.negatives, dropped);
    mark_smallest(positives, plan.positives, dropped);
  } else {
    mark_smallest(negatives, plan.smallest, dropped);
  }

  Connections gone;
  report = {};
  std::size_t kept = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const float weight = connections.weights[i];
    if (dropped[i]) {
      gone.cells.push_back(connections.cells[i]);
      gone.weights.push_back(weight);
      gone.momentum.push_back(connections.momentum[i]);
      ++(magnitude_bits(weight) == 0 ? report.zeros
         : is_negative(weight)       ? report.negatives
                                     : report.positives);
    } else {
      connections.cells[kept] = connections.cells[i];
      connections.weights[kept] = weight;
      connections.momentum[kept] = connections.momentum[i];
      ++kept;
    }
  }
  connections.cells.resize(kept);
  connections.weights.resize(kept);
  connections.momentum.resize(kept);
  report.remaining = kept;
  return gone;
}

std::uint64_t drop_bytes(std::uint64_t connections, std::uint64_t dropped) {
  const std::uint64_t keys = connections * sizeof(std::uint64_t) + connections / 8;
  // A vector that outgrows its room is there twice for a moment.
  return bytes_of_connections(connections) + keys + bytes_of_connections(dropped) * 3 / 2;
}

}  // namespace regrow::cpu

#include "backend/compare_reports.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "backend/compare_scores.h"
#include "regrow/error.h"

namespace regrow {
namespace {

std::string describe(const WeightCounts& counts) {
  return fmt::format("{} negatives, {} positives, {} zeros, {} not finite", counts.negatives,
                     counts.positives, counts.zeros, counts.non_finite);
}

std::string describe(const DropReport& report) {
  return fmt::format("{} negatives, {} positives and {} zeros dropped, {} left", report.negatives,
                     report.positives, report.zeros, report.remaining);
}

std::string describe(const GrowReport& report) {
  return fmt::format("{} scored, {} grown, {} of them by the random fill", report.scored,
                     report.grown, report.filled);
}

/// What each of the two says.
struct Sayings {
  std::string a, b;
};

template <typename Counts>
Sayings sayings(const Counts& a, const Counts& b) {
  return {describe(a), describe(b)};
}

/// Of two lists where they part; `describe_entry` takes an index and a value.
template <typename DescribeEntry>
Sayings sayings(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b,
                const DescribeEntry& describe_entry) {
  const auto parting = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto index = static_cast<std::size_t>(parting.first - a.begin());
  const auto said = [&](const std::vector<std::uint64_t>& values) {
    return index < values.size() ? describe_entry(index, values[index])
                                 : fmt::format("only {} entries", values.size());
  };
  return {said(a), said(b)};
}

std::string describe_magnitude(std::size_t digit, std::uint64_t count) {
  return fmt::format("{} candidates with the digit {}", count, digit);
}

std::string describe_grown_cell(std::size_t index, std::uint64_t cell) {
  return fmt::format("cell {} as grown cell {}", cell, index);
}

std::string describe_dropped_cell(std::size_t index, std::uint64_t cell) {
  return fmt::format("cell {} as dropped cell {}", cell, index);
}

[[noreturn]] void fail(const Comparison& comparison, std::size_t layer, const Sayings& said) {
  throw Error(fmt::format("check: {}: layer {}: {} reports {}; {} reports {}", comparison.place,
                          layer, comparison.a_name, said.a, comparison.b_name, said.b));
}

}  // namespace

void compare_measures(const Comparison& comparison, const std::vector<LayerMeasures>& a,
                      const std::vector<LayerMeasures>& b) {
  REGROW_CHECK(a.size() == b.size(), "both back ends measure every layer");
  for (std::size_t l = 0; l < a.size(); ++l) {
    const LayerMeasures &x = a[l], &y = b[l];
    if (x.weights != y.weights) fail(comparison, l, sayings(x.weights, y.weights));
    if (x.candidates != y.candidates) {
      const Sayings said = sayings(x.candidates, y.candidates);
      fail(comparison, l, {"candidates: " + said.a, "candidates: " + said.b});
    }
    if (x.magnitudes != y.magnitudes) {
      fail(comparison, l, sayings(x.magnitudes, y.magnitudes, describe_magnitude));
    }
    compare_strengths(comparison, l, x.strengths, y.strengths);
  }
}

void compare_reports(const Comparison& comparison, const std::vector<EvolutionReport>& a,
                     const std::vector<EvolutionReport>& b, bool by_gradient) {
  REGROW_CHECK(a.size() == b.size(), "both back ends report every layer");
  for (std::size_t l = 0; l < a.size(); ++l) {
    const EvolutionReport &x = a[l], &y = b[l];
    if (x.dropped != y.dropped) fail(comparison, l, sayings(x.dropped, y.dropped));
    if (x.grown != y.grown) fail(comparison, l, sayings(x.grown, y.grown));
    if (x.dropped_cells != y.dropped_cells) {
      fail(comparison, l, sayings(x.dropped_cells, y.dropped_cells, describe_dropped_cell));
    }
    if (!by_gradient && x.grown_cells != y.grown_cells) {
      fail(comparison, l, sayings(x.grown_cells, y.grown_cells, describe_grown_cell));
    }
  }
}

}  // namespace regrow

// Tables over seeds: means and deviations, the paper's values beside them, and comparisons.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "study/baseline.h"
#include "study/rows.h"

namespace regrow {

struct SeedsTableOptions {
  bool paper = false;
  BaselineKind baseline = BaselineKind::kSet;
  std::uint32_t last = 1;        // epochs that the runs' values are means over
  std::optional<double> margin;  // of non-inferiority, in points of accuracy
};

/// For people: up to five tables with what is to be known of them, as text, Markdown or LaTeX.
/// `rows` has one at least.
std::string seeds_report(std::span<const Row> rows, const SeedsTableOptions& options,
                         const std::string& format);

/// For programs: one table, as CSV, of exact numbers.
std::string seeds_csv(std::span<const Row> rows, const SeedsTableOptions& options);

}  // namespace regrow

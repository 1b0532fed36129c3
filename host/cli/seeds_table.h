// Tables over seeds: means and deviations, the paper's values beside them, and paired tests.
#pragma once

#include <span>
#include <string>

#include "study/baseline.h"
#include "study/rows.h"

namespace regrow {

struct SeedsTableOptions {
  bool paper = false;
  BaselineKind baseline = BaselineKind::kSet;
};

/// For people: up to three tables with what is to be known of them, as text, Markdown or LaTeX.
/// `rows` has one at least.
std::string seeds_report(std::span<const Row> rows, const SeedsTableOptions& options,
                         const std::string& format);

/// For programs: one table, as CSV, of exact numbers.
std::string seeds_csv(std::span<const Row> rows, const SeedsTableOptions& options);

}  // namespace regrow

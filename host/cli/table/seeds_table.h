// Tables over seeds: means and deviations, the paper's values beside them, and comparisons.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/table/report_section.h"
#include "study/baseline.h"
#include "study/rows.h"

namespace regrow {

struct SeedsTableOptions {
  bool paper = false;
  BaselineKind baseline = BaselineKind::kSet;
  bool compares = true;          // with the baseline, where there is one
  std::uint32_t last = 1;        // epochs that the runs' values are means over
  std::optional<double> margin;  // of non-inferiority, in points of accuracy
  std::string columns;           // a list of names, or "": the usual ones
};

/// By a list of names: "method,-accuracy". Throws UsageError on a name that there is not.
void sort_rows(std::vector<Row>& rows, const std::string& list, std::uint32_t last);

/// For people: up to five tables with what is to be known of them. `rows` has one at least.
std::string seeds_report(std::span<const Row> rows, const SeedsTableOptions& options,
                         const ReportFormat& format);

/// For programs: one table, as CSV, of exact numbers.
std::string seeds_csv(std::span<const Row> rows, const SeedsTableOptions& options);

/// For programs: one JSON document of exact numbers.
std::string seeds_json(std::span<const Row> rows, const SeedsTableOptions& options);

}  // namespace regrow

// Tables with a row for each run, or for each of its epochs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/table/report_section.h"
#include "cli/table/run_columns.h"

namespace regrow {

struct RunsTableOptions {
  std::string columns;  // a list of names, or "": the usual ones
  std::string sort;     // a list of names, or "": as given
};

/// `format`: also csv and json. Throws UsageError on a name that there is not.
std::string runs_table(std::vector<ShownRun> runs, const RunsTableOptions& options,
                       const ReportFormat& format);

/// The same of all epochs that the runs have records of.
std::string epochs_table(std::span<const ShownRun> runs, const RunsTableOptions& options,
                         const ReportFormat& format);

}  // namespace regrow

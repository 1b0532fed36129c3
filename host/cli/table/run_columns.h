// The columns that a table of runs, or of their epochs, can have.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/table/data_table.h"
#include "cli/table/rule_names.h"
#include "study/network_cells.h"
#include "study/recorded_cost.h"
#include "study/run_result.h"

namespace regrow {

struct ShownRun {
  std::string name;     // as given
  std::string variant;  // of a sweep, or ""
  RunRecords records;
  std::optional<NetworkCells> cells;
  RecordedCost cost;
  bool is_damaged = false;  // then there are no records
};

struct RunEpoch {
  const ShownRun* run = nullptr;
  const EpochRecord* record = nullptr;
  const EpochTimings* timings = nullptr;  // or none
};

/// All settings are among them.
std::vector<ColumnOf<ShownRun>> run_columns(const RuleNames& rules);

/// `hidden_layers`: so many have columns of their own.
std::vector<ColumnOf<RunEpoch>> epoch_columns(std::size_t hidden_layers, const RuleNames& rules);

}  // namespace regrow

// Runs that differ in nothing but their seeds are one row of a table.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/settings.h"
#include "statistics/moments.h"
#include "study/run_result.h"

namespace regrow {

struct Row {
  Config config;  // of the first run
  std::vector<RunResult> runs;

  Moments of(Quantity quantity) const;  // over the runs that have it
};

/// Whether runs that differ in this setting are different experiments: not in a seed, nor in what
/// says only where and how fast to compute, nor in the preset, whose values all are settings.
bool tells_rows_apart(const Setting& setting);

/// Of settings that tell rows apart, those with different values.
std::vector<const Setting*> differences(const Config& a, const Config& b);

struct GroupedRuns {
  std::vector<Row> rows;  // by method, measure, pause, growth rule; else in the order of the runs
  std::vector<std::string> warnings;  // of a second run of the same settings and seeds, left out
};
GroupedRuns group_by_settings(std::vector<RunResult> runs);

/// Of settings that tell rows apart, but for method, measure, pause and grow, those in which the
/// rows are not all alike.
std::vector<const Setting*> varying_settings(std::span<const Row> rows);
std::vector<const Setting*> varying_settings(std::span<const Config* const> configs);

bool same_seeds(const Config& a, const Config& b);

}  // namespace regrow

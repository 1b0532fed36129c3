// The tables of rows against their baselines, for people.
#pragma once

#include <span>
#include <vector>

#include "cli/table/report_section.h"
#include "cli/table/seeds_table.h"

namespace regrow {

/// None where no row has a baseline; with a margin a second one, of non-inferiority.
std::vector<Section> comparison_sections(std::span<const Row> rows, const RowLabels& labels,
                                         const SeedsTableOptions& options);

}  // namespace regrow

// The columns that a table over seeds can have.
#pragma once

#include <cstdint>
#include <vector>

#include "cli/table/data_table.h"
#include "study/rows.h"

namespace regrow {

/// Of a table of these rows. Labels and all settings; n, seeds and epochs; and each quantity as its
/// mean ± its deviation (NAME), its mean (NAME_mean) and its deviation (NAME_sd).
std::vector<ColumnOf<Row>> seeds_columns(std::span<const Row> rows, std::uint32_t last);

/// The end of an error's list of them.
inline constexpr const char* kAndMeans =
    ", means and deviations alone, such as loss_mean and loss_sd, and each setting, such as zeta; "
    "columns of single runs, such as run and status, come with --seeds each";

}  // namespace regrow

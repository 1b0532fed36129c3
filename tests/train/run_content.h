// All that a run leaves in its folder, as far as the same run leaves it again.
#pragma once

#include <filesystem>
#include <set>
#include <string>

namespace regrow::tests {

/// Compares the runs in two folders file by file, and that both have the same ones: byte by byte,
/// but for what a clock says: the seconds in timings.jsonl, summary.json and events, and when an
/// event was written. `but` names the files that are not promised to be the same.
void expect_same_run(const std::filesystem::path& run, const std::filesystem::path& whole,
                     const std::set<std::string>& but = {});

}  // namespace regrow::tests

// What a run says of its own cost, and of the connections that it grew: a part of its summary.
#pragma once

#include <cstdint>
#include <optional>

#include "regrow/run_folder.h"

namespace regrow {

/// Each absent where the summary has none, as those of older versions.
struct RecordedCost {
  std::optional<double> mean_connections;  // hidden layers', over the training steps
  std::optional<double> peak_connections;
  std::optional<double> flops;     // of training: forward, backward, and scores of cells
  std::optional<double> survival;  // of connections that had grown: what the first drop left

  bool is_absent() const { return *this == RecordedCost(); }
  bool operator==(const RecordedCost&) const = default;
};

/// Of a run of so many epochs. Nothing where the summary is of more or fewer, is damaged, or is not
/// there: it is no more than what can be told of a run.
RecordedCost recorded_cost(const RunFolder& folder, std::uint64_t epochs);

}  // namespace regrow

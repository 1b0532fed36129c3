// Epoch records with the one measure a test is about.
#pragma once

#include <span>
#include <vector>

#include "regrow/metrics.h"

namespace regrow::testing {

/// One record per value, each holding it as the field `measure`; the other fields stay 0.
inline std::vector<EpochRecord> history_of(double EpochRecord::*measure,
                                           std::span<const double> values) {
  std::vector<EpochRecord> history;
  for (const double value : values) {
    EpochRecord& record = history.emplace_back();
    record.epoch = static_cast<std::uint32_t>(history.size() - 1);
    record.*measure = value;
  }
  return history;
}

inline std::vector<EpochRecord> history_of(double EpochRecord::*measure,
                                           std::initializer_list<double> values) {
  return history_of(measure, std::span<const double>(values.begin(), values.size()));
}

}  // namespace regrow::testing

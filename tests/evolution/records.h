// Epoch records with the one measure a test is about.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "evolution/pause.h"
#include "evolution/regrowth_ratio.h"
#include "regrow/config.h"
#include "regrow/evolution/history.h"

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

/// What a run of `config` remembers after these epochs, whose numbers are their places.
inline History as_history(Config config, std::vector<EpochRecord> records) {
  // What has no pause remembers nothing for one, and tests of θ need not say so.
  if (config.pause == Measure::kAuto) config.pause = Measure::kNone;
  if (config.monitor == Measure::kAuto) config.monitor = Measure::kValAcc;
  History history;
  for (EpochRecord& record : records) {
    record.epoch = history.epochs;
    append(history, config, config, std::move(record));
  }
  return history;
}

inline double theta_of(const Config& config, std::vector<EpochRecord> records,
                       std::uint32_t classes = 10) {
  return regrowth_ratio(config, as_history(config, std::move(records)), classes);
}

inline bool pauses_after(const Config& config, std::vector<EpochRecord> records) {
  return pauses(config, as_history(config, std::move(records)));
}

}  // namespace regrow::testing

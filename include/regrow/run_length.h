// How long a run trains: its number of epochs, and what becomes of its learning rates and its
// evolution when it is given more; and when it ends before for want of a better epoch.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "regrow/config.h"

namespace regrow {

struct RunLength {
  std::int64_t epochs = 0;
  std::vector<std::int64_t> restart_epochs;
  std::int64_t evolution_epochs = 0;
  std::int64_t patience = 0;
  double min_delta = 0;

  bool operator==(const RunLength&) const = default;
};

/// True of the settings that a run may have anew because its length may: "epochs", "patience",
/// "min_delta". The other members follow from the number of epochs.
bool is_of_length(std::string_view key);

RunLength length_of(const Config& config);
void set_length(Config& config, const RunLength& length);

/// The length of the run of `config` with another number of epochs, such that the learning rates
/// and the evolutions of the epochs it keeps stay as they were. Of a cosine over all epochs, those
/// added are a cosine of their own, and it can end where one of its cosines does only: throws
/// UsageError naming these. An evolution that ends, or changes, with the run goes on to end where
/// it would have: its evolution_epochs become the former number of epochs.
RunLength length_with(const Config& config, std::int64_t epochs);

/// The number of epochs that its end of evolution is a share of, where that or a schedule matters;
/// 0 where connections evolve alike however long it trains.
std::int64_t evolution_span(const Config& config);

/// True where the run of `config`, given more epochs once or again and again, gets that length; or
/// has it.
bool can_get(const Config& config, const RunLength& length);

}  // namespace regrow

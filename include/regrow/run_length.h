// How many epochs a run has, and what becomes of its learning rates when it is given more.
#pragma once

#include <cstdint>
#include <vector>

#include "regrow/config.h"

namespace regrow {

struct RunLength {
  std::int64_t epochs = 0;
  std::vector<std::int64_t> restart_epochs;

  bool operator==(const RunLength&) const = default;
};

RunLength length_of(const Config& config);
void set_length(Config& config, const RunLength& length);

/// The length of the run of `config` with another number of epochs, such that the learning rates of
/// the epochs it keeps stay as they were. Of a cosine over all epochs, those added are a cosine of
/// their own, and it can end where one of its cosines does only: throws UsageError naming these.
RunLength length_with(const Config& config, std::int64_t epochs);

/// True where the run of `config`, given more epochs once or again and again, gets that length; or
/// has it.
bool can_get(const Config& config, const RunLength& length);

}  // namespace regrow

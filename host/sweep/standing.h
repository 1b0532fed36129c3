// Where a run of a sweep stands, as its folder tells.
#pragma once

#include <cstdint>
#include <string>

#include "sweep/sweep_file.h"

namespace regrow {

enum class Stage : std::uint8_t {
  kNew,         // nothing was trained yet
  kUnfinished,  // stopped, killed, or finished with fewer epochs than are wanted now
  kFinished,    // with the epochs wanted, or more
  kElsewhere,   // another process is training it
  kForeign,     // the folder holds something else, a run of other settings, or one that cannot end
                // where it is wanted to
};

struct Standing {
  Stage stage = Stage::kNew;
  std::uint32_t epochs = 0;  // done
  std::string reason;        // of kForeign: one line with the remedy
  std::string from{};        // of kUnfinished: its newest whole state, as --from; "": the last
};

/// Throws nothing: a folder that cannot be read is kForeign.
Standing standing_of(const SweepRun& run);

}  // namespace regrow

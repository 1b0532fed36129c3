// Looks for a whole state, the newest first.
#include "train/recovery.h"

#include "regrow/error.h"
#include "train/metrics_file.h"

namespace regrow {

std::optional<NamedState> newest_whole_state(const RunFolder& folder) {
  for (const char* name : {"last", "previous", "initial"}) {
    try {
      Checkpoint state = read_checkpoint(checkpoint_named(folder, name));
      check_metrics(folder, state);
      return NamedState{name, std::move(state)};
    } catch (const Error&) {
      // An older one may do.
    }
  }
  return std::nullopt;
}

std::filesystem::path checkpoint_named(const RunFolder& folder, const std::string& name) {
  if (name == "previous") return folder.previous();
  return name == "initial" ? folder.initial() : folder.last();
}

}  // namespace regrow

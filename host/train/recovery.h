// Which of a run's states can be gone on with.
#pragma once

#include <optional>
#include <string>

#include "regrow/checkpoint.h"
#include "regrow/run_folder.h"

namespace regrow {

/// A state of a run by the name that `--from` takes: "last", "previous" or "initial".
struct NamedState {
  std::string name;
  Checkpoint state;
};

/// The newest state whose checkpoint can be read and whose records are all there; nothing where
/// there is none. Training from it repeats what came later, to the same end.
std::optional<NamedState> newest_whole_state(const RunFolder& folder);

/// The file of the state called `name`; that of "last" where it is "".
std::filesystem::path checkpoint_named(const RunFolder& folder, const std::string& name);

}  // namespace regrow

// What is left of a run whose files were lost or damaged: which of its states can be gone on with,
// and what it was configured as.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "regrow/checkpoint.h"
#include "regrow/run_folder.h"

namespace regrow {

/// A state of a run by the name that `--from` takes, or "last", which it goes on from without.
struct NamedState {
  std::string name;
  Checkpoint state;
};

/// The newest state whose checkpoint can be read and whose records are all there; nothing where
/// there is none. Training from it repeats what came later, to the same end. Throws UnreadableError
/// on a file that is not known to be damaged: that is no reason to train anything again.
std::optional<NamedState> newest_whole_state(const RunFolder& folder);

/// The file of the state called `name`; that of "last" where it is "".
std::filesystem::path checkpoint_named(const RunFolder& folder, const std::string& name);

/// The network that a run was given to start from, as its initial.safetensors has it, whose
/// fingerprint is `digest`. Throws Error where it is lost, damaged or another one.
NetworkState given_network(const RunFolder& folder, const std::string& digest);

/// Throws as given_network() where `state` goes on only with that network.
void check_first_network(const Checkpoint& state, const RunFolder& folder);

/// A config.toml, as far as it can be read.
struct StoredConfig {
  Config config;
  std::string problem;  // "path: what": the file is lost, cut off or damaged; or ""
};

/// What the file says over `otherwise`. One that was cut off counts up to its last whole line, one
/// that is lost or damaged not at all.
StoredConfig stored_config(const std::filesystem::path& file, const Config& otherwise);

/// The same of a run that is only read, whose newest readable checkpoint stands in for what
/// config.toml lacks. `problem` then says so. Throws Error where no checkpoint can be read either.
StoredConfig recorded_config(const RunFolder& folder);

/// An error's line up to its last "; ", which its remedy follows: for who knows a better one.
std::string without_remedy(const std::string& line);

/// Throws UnreadableError where the file is there, as far as is known, and may not be read.
void require_permission_to_read(const std::filesystem::path& file);

}  // namespace regrow

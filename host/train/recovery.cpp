// Looks for a whole state, the newest first, and for a configuration in config.toml or, where that
// says nothing, in a checkpoint.
#include "train/recovery.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <system_error>

#include "base/read_failure.h"
#include "config/check_training.h"
#include "config/settings.h"
#include "regrow/error.h"
#include "train/metrics_file.h"

namespace regrow {
namespace {

namespace fs = std::filesystem;

/// Makes a configuration of a file's text. Throws UsageError where it cannot.
using Parse = std::function<Config(const std::string& text)>;

/// What the whole lines of a file say that was cut off: one that to_toml() wrote then ends before
/// its last setting does. Nothing where the file was not. A number cut in two would otherwise be
/// another one.
std::optional<Config> config_of_cut_file(const std::string& text, const Parse& parse) {
  const std::size_t whole_bytes = text.rfind('\n') + 1;  // 0 where there is no line end
  const std::string lines = text.substr(0, whole_bytes);
  Config config;
  try {
    config = parse(lines);
  } catch (const UsageError&) {
    return std::nullopt;
  }
  const std::string complete = to_toml(config);
  if (!complete.starts_with(lines)) return std::nullopt;
  const std::string missing = complete.substr(whole_bytes);
  const std::string line = missing.substr(0, missing.find('\n')), part = text.substr(whole_bytes);
  const bool is_last_line = line.size() + 1 >= missing.size();
  if (is_last_line && part.size() >= line.size()) return std::nullopt;
  const std::string key = line.substr(0, line.find(' '));
  const bool is_its_part = key.starts_with(part) || (!key.empty() && part.starts_with(key));
  return is_its_part ? std::optional(config) : std::nullopt;
}

StoredConfig parsed_config(const fs::path& file, const Config& otherwise, const Parse& parse) {
  const auto restored = [&](const std::string& problem) {
    return StoredConfig{otherwise, problem};
  };
  // A sparse file may be larger than the memory.
  constexpr std::uintmax_t kMostBytes = std::uintmax_t{1} << 20;
  std::error_code no_file;
  if (fs::is_regular_file(file, no_file) && fs::file_size(file, no_file) > kMostBytes) {
    return restored(file.string() + ": is too large for a configuration");
  }
  std::string text;
  try {
    text = read_file(file);
  } catch (const Error& lost) {
    return restored(without_remedy(lost.what()));
  }
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    return restored(file.string() + ": is empty");
  }
  if (const auto config = config_of_cut_file(text, parse)) {
    return {*config, file.string() + ": is cut off"};
  }
  try {
    return {parse(text), ""};
  } catch (const UsageError& damaged) {
    return restored(without_remedy(damaged.what()));
  }
}

}  // namespace

std::optional<NamedState> newest_whole_state(const RunFolder& folder) {
  require_permission_to_read(folder.metrics());
  for (const char* name : {"last", "previous", "initial"}) {
    const fs::path file = checkpoint_named(folder, name);
    require_permission_to_read(file);
    try {
      Checkpoint state = read_checkpoint(file);
      check_metrics(folder, state);
      return NamedState{name, std::move(state)};
    } catch (const UnreadableError&) {
      throw;
    } catch (const Error&) {
      // An older one may do.
    }
  }
  return std::nullopt;
}

NetworkState given_network(const RunFolder& folder, const std::string& digest) {
  std::string problem;
  try {
    NetworkState network = read_checkpoint(folder.initial()).network;
    if (digest_of(network) == digest) return network;
    problem = folder.initial().string() + ": is of another run";
  } catch (const UnreadableError&) {
    throw;
  } catch (const Error& lost) {
    problem = without_remedy(lost.what());
  }
  throw Error(fmt::format(
      "{}; the run started from the network in it (--init-from), and measures its masks against "
      "that: put the file back, or start the run again",
      problem));
}

void check_first_network(const Checkpoint& state, const RunFolder& folder) {
  const bool is_measured = state.config.topology && state.config.method != Method::kDense;
  const bool has_begun = state.progress.epoch > 0 || state.progress.step > 0;
  if (!state.initial_digest.empty() && is_measured && has_begun) {
    given_network(folder, state.initial_digest);
  }
}

fs::path checkpoint_named(const RunFolder& folder, const std::string& name) {
  if (name == "previous") return folder.previous();
  return name == "initial" ? folder.initial() : folder.last();
}

StoredConfig stored_config(const fs::path& file, const Config& otherwise) {
  return parsed_config(file, otherwise, [&](const std::string& text) {
    Config config = otherwise;
    apply_toml(config, TomlSource{text, file.string()});
    return config;
  });
}

StoredConfig recorded_config(const RunFolder& folder) {
  const fs::path file = folder.config();
  StoredConfig stored = parsed_config(file, {}, [&](const std::string& text) {
    Config config = layered_config(TomlSource{text, file.string()}, {});
    resolve_monitor(config);  // which a run of an older version does not name
    return config;
  });
  if (stored.problem.empty()) return stored;
  for (const fs::path& checkpoint :
       {folder.last(), folder.previous(), folder.best(), folder.initial()}) {
    try {
      stored = stored_config(file, read_checkpoint(checkpoint).config);
    } catch (const Error&) {
      continue;
    }
    stored.problem += fmt::format("; {} says what it lacks", checkpoint.string());
    return stored;
  }
  throw Error(
      fmt::format("{}, and there is no checkpoint that can be read in its place; put the "
                  "file back",
                  stored.problem));
}

std::string without_remedy(const std::string& line) { return line.substr(0, line.rfind("; ")); }

void require_permission_to_read(const fs::path& file) {
  if (::access(file.c_str(), R_OK) == 0 || errno == ENOENT || errno == ENOTDIR) return;
  fail_to_read(file, errno);
}

}  // namespace regrow

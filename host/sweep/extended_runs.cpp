// Looks at the runs' recorded configurations; at a run's state only where its recorded length says
// that it may have more epochs than are asked for.
#include "sweep/extended_runs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <tuple>

#include "regrow/error.h"
#include "regrow/run_folder.h"
#include "regrow/run_length.h"
#include "sweep/standing.h"
#include "train/epochs_text.h"
#include "train/recovery.h"

namespace regrow {
namespace {

using Restarts = std::vector<std::int64_t>;

enum class Recorded : std::uint8_t { kNothing, kRun, kOther };

/// The configuration of what was trained in the run's folder, if a run was.
std::pair<Recorded, Config> recorded_in_folder_of(const SweepRun& run) {
  try {
    if (RunFolder::nothing_trained(run.config.out)) return {Recorded::kNothing, {}};
    return {Recorded::kRun, recorded_config(RunFolder::open(run.config.out)).config};
  } catch (const Error&) {
    return {Recorded::kOther, {}};  // it is refused, and named, when its turn comes
  }
}

/// Where the learning rate of the run found starts again, once it has the epochs wanted. Nothing
/// where it is another run, which is refused for what differs.
std::optional<Restarts> restarts_to_be(const Config& wanted, const Config& found) {
  if (wanted.schedule != found.schedule || wanted.decay_epochs != found.decay_epochs) {
    return std::nullopt;
  }
  try {
    return length_with(found, wanted.epochs).restart_epochs;
  } catch (const UsageError&) {
    return std::nullopt;
  }
}

std::string words_for(const Restarts& restarts) {
  return restarts.empty() ? "none" : fmt::format("{}", fmt::join(restarts, ","));
}

/// Runs of the sweep of which the same length is wanted.
struct Mates {
  const SweepRun* first_new = nullptr;
  const SweepRun* first_other = nullptr;  // that has other restarts than are wanted
  Restarts others;
};

}  // namespace

void require_equal_restarts(std::span<const SweepRun> runs, const std::string& sweep_name) {
  std::map<std::tuple<Schedule, std::int64_t, std::int64_t, Restarts>, Mates> groups;
  for (const SweepRun& run : runs) {
    const Config& wanted = run.config;
    Mates& mates =
        groups[{wanted.schedule, wanted.decay_epochs, wanted.epochs, wanted.restart_epochs}];
    const auto [recorded, found] = recorded_in_folder_of(run);
    if (recorded == Recorded::kNothing && mates.first_new == nullptr) mates.first_new = &run;
    if (recorded != Recorded::kRun || mates.first_other != nullptr) continue;
    const std::optional<Restarts> restarts = restarts_to_be(wanted, found);
    if (!restarts || *restarts == wanted.restart_epochs) continue;
    mates.first_other = &run;
    mates.others = *restarts;
  }
  for (const auto& [length, mates] : groups) {
    if (mates.first_new == nullptr || mates.first_other == nullptr) continue;
    const Config& wanted = mates.first_new->config;
    const std::string restarts = words_for(mates.others);
    throw UsageError(fmt::format(
        "{}: run {} is new and would have {} with restart_epochs {}, but {}, which has been "
        "trained, with {}: their learning rates would differ; give --restart-epochs "
        "{}, or another --out",
        sweep_name, mates.first_new->name, epochs_text(wanted.epochs),
        words_for(wanted.restart_epochs), mates.first_other->name, restarts, restarts));
  }
}

std::vector<std::string> notes_of_longer_runs(std::span<const SweepRun> runs) {
  // By the epochs asked for, done, and to be done.
  std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t>, std::vector<std::string>> longer;
  for (const SweepRun& run : runs) {
    const auto [recorded, found] = recorded_in_folder_of(run);
    if (recorded != Recorded::kRun || found.epochs <= run.config.epochs) continue;
    const Standing standing = standing_of(run);
    if (standing.stage != Stage::kFinished || standing.epochs <= run.config.epochs) continue;
    longer[{run.config.epochs, standing.epochs, found.epochs}].push_back(run.name);
  }
  std::vector<std::string> notes;
  for (const auto& [lengths, names] : longer) {
    const auto [wanted, done, all] = lengths;
    notes.push_back(fmt::format(
        "{}: finished, with {}, more than the {} asked for{}",
        names.size() == 1 ? names.front() : fmt::format("{} runs", names.size()), epochs_text(done),
        wanted, done < all ? fmt::format("; --epochs {} goes on to their end", all) : ""));
  }
  return notes;
}

}  // namespace regrow

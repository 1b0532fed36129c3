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
  std::map<Restarts, const SweepRun*> trained;  // the first with each, once it has that length
};

/// Throws UsageError where those still to start would have other restarts.
void require_equal_restarts(const Mates& mates, const std::string& sweep_name) {
  if (mates.first_new == nullptr) return;
  const Config& wanted = mates.first_new->config;
  for (const auto& [restarts, trained] : mates.trained) {
    if (restarts == wanted.restart_epochs) continue;
    throw UsageError(fmt::format(
        "{}: run {} is new and would have {} with restart_epochs {}, but {}, which has been "
        "trained, with {}: their learning rates would differ; give --restart-epochs {}, or another "
        "--out",
        sweep_name, mates.first_new->name, epochs_text(wanted.epochs),
        words_for(wanted.restart_epochs), trained->name, words_for(restarts), words_for(restarts)));
  }
}

}  // namespace

std::vector<std::string> check_restarts(std::span<const SweepRun> runs,
                                        const std::string& sweep_name) {
  std::map<std::tuple<Schedule, std::int64_t, std::int64_t, Restarts>, Mates> groups;
  for (const SweepRun& run : runs) {
    const Config& wanted = run.config;
    Mates& mates =
        groups[{wanted.schedule, wanted.decay_epochs, wanted.epochs, wanted.restart_epochs}];
    const auto [recorded, found] = recorded_in_folder_of(run);
    if (recorded == Recorded::kNothing && mates.first_new == nullptr) mates.first_new = &run;
    if (recorded != Recorded::kRun) continue;
    const std::optional<Restarts> restarts = restarts_to_be(wanted, found);
    if (restarts) mates.trained.emplace(*restarts, &run);
  }
  std::vector<std::string> notes;
  for (const auto& [length, mates] : groups) {
    require_equal_restarts(mates, sweep_name);
    if (mates.trained.size() < 2) continue;
    std::vector<std::string> each;
    for (const auto& [restarts, run] : mates.trained) {
      each.push_back(fmt::format("{} with {}", run->name, words_for(restarts)));
    }
    notes.push_back(
        fmt::format("{}: the runs' restart_epochs differ, and so do their learning rates: {}",
                    sweep_name, fmt::join(each, ", ")));
  }
  return notes;
}

std::vector<std::string> check_evolution_spans(std::span<const SweepRun> runs,
                                               const std::string& sweep_name) {
  struct Group {
    const SweepRun* first_new = nullptr;
    std::map<std::int64_t, const SweepRun*> trained;  // by the epochs that each evolves over
  };
  std::map<std::pair<std::int64_t, std::int64_t>, Group> groups;  // by length and span wanted
  for (const SweepRun& run : runs) {
    const Config& wanted = run.config;
    if (evolution_span(wanted) == 0) continue;
    Group& group = groups[{wanted.epochs, evolution_span(wanted)}];
    const auto [recorded, found] = recorded_in_folder_of(run);
    if (recorded == Recorded::kNothing && group.first_new == nullptr) group.first_new = &run;
    if (recorded == Recorded::kRun && evolution_span(found) > 0) {
      group.trained.emplace(evolution_span(found), &run);
    }
  }
  std::vector<std::string> notes;
  for (const auto& [wanted, group] : groups) {
    const auto& [epochs, span] = wanted;
    for (const auto& [of_trained, trained] : group.trained) {
      if (group.first_new == nullptr || of_trained == span) continue;
      throw UsageError(fmt::format(
          "{}: run {} is new and would evolve over {}, but {}, which has been trained, over {}; "
          "give --evolution-epochs {}, or another --out",
          sweep_name, group.first_new->name, epochs_text(span), trained->name, of_trained,
          of_trained));
    }
    if (group.trained.size() < 2) continue;
    std::vector<std::string> each;
    for (const auto& [of_trained, trained] : group.trained) {
      each.push_back(fmt::format("{} over {}", trained->name, of_trained));
    }
    notes.push_back(fmt::format("{}: the epochs over which the runs evolve differ: {}", sweep_name,
                                fmt::join(each, ", ")));
  }
  return notes;
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

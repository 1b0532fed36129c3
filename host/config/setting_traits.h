// What a row of the table says beside its value: who may set it where, and what help shows of it.
#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "config/setting_kinds.h"
#include "config/settings.h"

namespace regrow {

// Epochs index 32-bit random counters by step; a million of 500 steps leaves room.
inline constexpr std::int64_t kMostEpochs = 1000000;
inline constexpr std::int64_t kMostSteps = std::numeric_limits<std::uint32_t>::max();
inline constexpr double kMostSeconds = 1e9;
inline constexpr std::int64_t kMostSamples = 100000000;
inline constexpr std::int64_t kMostNeurons = std::int64_t{1} << 24;
inline constexpr std::int64_t kMostConnections = 1000000000000;
inline constexpr std::int64_t kMostSeeds = std::numeric_limits<std::int64_t>::max();
inline constexpr RealRange kShare{0, 1};
inline constexpr RealRange kBelowOne{.lowest = 0, .highest = 1, .without_highest = true};
inline constexpr RealRange kScale{0, 1000};

/// Says where and how fast, not what.
Setting local(Setting setting);
Setting kept_beside_checkpoints(Setting setting);
Setting changes_on_resume(Setting setting);
Setting with_alias(Setting setting, std::string alias);
/// Among the few that the short help shows.
Setting main_setting(Setting setting);
Setting formerly(std::string old_key, Setting setting);
Setting of_kind(Setting setting, SettingKind kind);

}  // namespace regrow

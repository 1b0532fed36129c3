// Collectives of a warp: they complete when every lane of the mask that has not returned has come.
#include <fmt/format.h>

#include <array>
#include <utility>

#include "common/emulation/block.h"
#include "common/emulation/sanitizers.h"

namespace regrow::emulation {
namespace {

const char* name_of(WarpOperation operation) {
  constexpr std::array kNames = {"__shfl_sync",     "__shfl_up_sync", "__shfl_down_sync",
                                 "__shfl_xor_sync", "__ballot_sync",  "__any_sync",
                                 "__all_sync",      "__syncwarp",     "__match_any_sync"};
  return kNames[static_cast<std::size_t>(operation)];
}

// The lane that `lane` reads in a shuffle; its own where the source lies outside its segment.
REGROW_UNWATCHED unsigned source_lane(const WarpCall& call, unsigned lane) {
  const unsigned segment = lane & ~(call.width - 1);
  unsigned source = lane;
  switch (call.operation) {
    case WarpOperation::kShuffle:
      return segment + (call.argument & (call.width - 1));
    case WarpOperation::kShuffleUp:
      return call.argument > lane - segment ? lane : lane - call.argument;
    case WarpOperation::kShuffleDown:
      source = lane + call.argument;
      return source < lane || source >= segment + call.width ? lane : source;
    default:  // may reach into earlier segments, not into later ones
      source = lane ^ call.argument;
      return source >= segment + call.width ? lane : source;
  }
}

}  // namespace

REGROW_UNWATCHED std::uint64_t Block::collective(const WarpCall& call) {
  const Unwatched unwatched;
  Thread& thread = *current_thread;
  if ((call.mask >> thread.lane & 1) == 0) {
    fail(fmt::format("{}: lane {} of warp {} is not in its own mask {:08x}",
                     name_of(call.operation), thread.lane, thread.warp, call.mask));
  }
  if (call.width == 0 || call.width > 32 || (call.width & (call.width - 1)) != 0) {
    fail(fmt::format("{}: width {} is no power of two up to 32", name_of(call.operation),
                     call.width));
  }
  thread.call = call;
  thread.state = Thread::State::kInCollective;
  waiting_[thread.warp] |= 1U << thread.lane;
  // Of all collectives only __syncwarp() orders memory.
  const bool orders = kThreadSanitizer && call.operation == WarpOperation::kSync;
  char* token = nullptr;
  if (orders) {
    WarpToken& tokens = warp_tokens_[std::uint64_t{thread.warp} << 32 | call.mask];
    token = &tokens.places[tokens.phase & 1];
    release(token);
  }
  if (!finish_collective(thread)) yield();
  if (orders) acquire(token);
  return thread.result;
}

// Lets the lanes of the collective that `arrived` waits in go on, if all have come.
REGROW_UNWATCHED bool Block::finish_collective(const Thread& arrived) {
  const unsigned lanes = arrived.call.mask & active_[arrived.warp];
  if ((waiting_[arrived.warp] & lanes) != lanes) return false;
  Thread* const warp = &threads_[std::size_t{arrived.warp} * 32];
  for (unsigned lane = 0; lane < 32; ++lane) {
    if ((lanes >> lane & 1) == 0) continue;
    const WarpCall& call = warp[lane].call;
    // Lanes in different collectives wait for good, which deadlock() reports.
    if (call.operation != arrived.call.operation || call.mask != arrived.call.mask ||
        call.width != arrived.call.width) {
      return false;
    }
  }
  give_results(arrived, lanes);
  waiting_[arrived.warp] &= ~lanes;
  if (kThreadSanitizer && arrived.call.operation == WarpOperation::kSync) {
    ++warp_tokens_[std::uint64_t{arrived.warp} << 32 | arrived.call.mask].phase;
  }
  for (unsigned lane = 0; lane < 32; ++lane) {
    if ((lanes >> lane & 1) != 0) make_ready(warp[lane]);
  }
  return true;
}

REGROW_UNWATCHED void Block::give_results(const Thread& arrived, unsigned lanes) {
  Thread* const warp = &threads_[std::size_t{arrived.warp} * 32];
  unsigned votes = 0;
  for (unsigned lane = 0; lane < 32; ++lane) {
    if ((lanes >> lane & 1) == 0) continue;
    if (warp[lane].call.value != 0) votes |= 1U << lane;
  }
  for (unsigned lane = 0; lane < 32; ++lane) {
    if ((lanes >> lane & 1) == 0) continue;
    Thread& thread = warp[lane];
    thread.result = 0;
    switch (arrived.call.operation) {
      case WarpOperation::kShuffle:
      case WarpOperation::kShuffleUp:
      case WarpOperation::kShuffleDown:
      case WarpOperation::kShuffleXor: {
        const unsigned source = source_lane(thread.call, lane);
        // A lane that takes no part has no value: poison.
        thread.result = (lanes >> source & 1) != 0 ? warp[source].call.value : ~std::uint64_t{0};
        break;
      }
      case WarpOperation::kBallot:
        thread.result = votes;
        break;
      case WarpOperation::kAny:
        thread.result = votes != 0 ? 1 : 0;
        break;
      case WarpOperation::kAll:
        thread.result = votes == lanes ? 1 : 0;
        break;
      case WarpOperation::kMatchAny:
        for (unsigned other = 0; other < 32; ++other) {
          if ((lanes >> other & 1) != 0 && warp[other].call.value == thread.call.value) {
            thread.result |= 1U << other;
          }
        }
        break;
      case WarpOperation::kSync:
        break;
    }
  }
}

std::string Block::deadlock() const {
  std::map<std::string, std::pair<unsigned, unsigned>> groups;  // place: first thread, how many
  for (const Thread& thread : threads_) {
    std::string place;
    if (thread.state == Thread::State::kAtBarrier) place = "__syncthreads()";
    if (thread.state == Thread::State::kInCollective) {
      place = fmt::format("{} (mask {:08x}, width {}) of warp {}", name_of(thread.call.operation),
                          thread.call.mask, thread.call.width, thread.warp);
    }
    if (!place.empty()) ++groups.try_emplace(place, thread.number, 0U).first->second.second;
  }
  std::string report =
      fmt::format("deadlock; {} threads have returned", threads_.size() - running_);
  for (const auto& [place, group] : groups) {
    report +=
        fmt::format("; {} wait at {}, the first is thread {}", group.second, place, group.first);
  }
  return report;
}

}  // namespace regrow::emulation

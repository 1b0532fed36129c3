// What is recorded of one evolution, or of one that was due and paused: a line of evolutions.jsonl.
#pragma once

#include <cstdint>
#include <vector>

namespace regrow {

/// Connections by the sign of their weight.
struct SignCounts {
  std::uint64_t negatives = 0;
  std::uint64_t positives = 0;
  std::uint64_t zeros = 0;

  std::uint64_t sum() const { return negatives + positives + zeros; }
  bool operator==(const SignCounts&) const = default;
};

struct EvolvedLayer {
  SignCounts present;        // before the drop
  SignCounts candidates;     // of these, what was not protected
  SignCounts dropped;        // of these, what dropped
  std::uint64_t target = 0;  // connections that the density's schedule wants
  std::uint64_t grown = 0;
  std::uint64_t filled = 0;  // of which by the random fill, for want of eligible cells
  std::uint64_t scored = 0;  // eligible cells whose gradients were compared
  // Of connections that had grown, those that this drop could take for the first time, and how many
  // of them it left.
  std::uint64_t newborns = 0;
  std::uint64_t survived = 0;

  std::uint64_t after() const { return present.sum() - dropped.sum() + grown; }
  bool operator==(const EvolvedLayer&) const = default;
};

struct EvolutionRecord {
  std::uint64_t number = 0;  // of those due in the run, from 0
  std::uint32_t epoch = 0;   // in which, or after which, it took place
  std::uint64_t step = 0;    // training steps of the run done before it
  bool is_within_epoch = false;
  bool is_paused = false;             // then nothing dropped or grew, and `layers` is empty
  bool replaces_step = false;         // it took the place of the step after those done
  double theta = 1;                   // regrowth ratio, as computed
  std::uint32_t zeta_millionths = 0;  // share of the connections that drops
  double density = 0;                 // that the schedule wants of all sparse layers together
  std::vector<EvolvedLayer> layers;   // hidden layers

  bool operator==(const EvolutionRecord&) const = default;
};

}  // namespace regrow

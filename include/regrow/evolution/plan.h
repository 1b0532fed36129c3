// An evolution as one value: what drops and what grows, in every layer. The host fills it, a back
// end executes it in one call and reports.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "regrow/evolution/candidates.h"
#include "regrow/evolution/growth_rule.h"
#include "regrow/evolution/measures.h"
#include "regrow/philox.h"
#include "regrow/weight_init.h"

namespace regrow {

/// Among which of a layer's candidates the smallest |w| are chosen. kBySign: `negatives` of the
/// negative and `positives` of the positive ones, and every zero besides. kTogether: `smallest` of
/// all. Ties go to the lower cell index first; protected connections are no candidates.
enum class DropGroups : std::uint8_t { kBySign, kTogether };

struct LayerDrop {
  std::uint64_t negatives = 0;
  std::uint64_t positives = 0;
  std::uint64_t smallest = 0;

  bool operator==(const LayerDrop&) const = default;
};

/// What keys every random choice of an evolution, besides the seed and the layer.
struct EvolutionTime {
  std::uint32_t number = 0;      // the epoch that ended, or the steps done so far
  bool is_within_epoch = false;  // then it is the steps

  REGROW_HD constexpr Purpose grow() const {
    return is_within_epoch ? Purpose::kGrowAtStep : Purpose::kGrow;
  }
  REGROW_HD constexpr Purpose shortfall() const {
    return is_within_epoch ? Purpose::kGrowShortfallAtStep : Purpose::kGrowShortfall;
  }
  REGROW_HD constexpr Purpose grown_weight() const {
    return is_within_epoch ? Purpose::kGrownWeightAtStep : Purpose::kGrownWeight;
  }
  bool operator==(const EvolutionTime&) const = default;
};

/// Where connections grow: the source of candidates and how it ranks them.
struct GrowthSource {
  GrowthRule rule;
  TieRule tie = TieRule::kRandom;
  Neighbourhood neighbourhood = Neighbourhood::kMoore8;
  std::optional<InputImage> image;  // without one, every rule looks at the mask
  bool regrow_dropped = true;       // false: a cell dropped in this evolution is not eligible
  CandidateLaw candidates = CandidateLaw::kAll;  // that are scored, where the rule is by gradient

  bool operator==(const GrowthSource&) const = default;

  NeighbourSpace neighbour_space(std::uint32_t layer) const {
    if (layer > 0 || !rule.in_image || !image) return neighbourhood;
    return {neighbourhood, *image};
  }
};

/// What a connection starts with when it has grown.
struct NewbornValues {
  bool fresh_weights = false;                  // false: weights are 0; true: a draw of `init`
  WeightInit init = WeightInit::kGlorotDense;  // fan-ins are those after the growth
  bool keep_slots_of_regrown = false;          // a cell dropped and grown at once keeps its slots
  bool keep_weights_of_regrown = false;        // and its weight, fresh_weights or not

  bool operator==(const NewbornValues&) const = default;
};

struct LayerEvolution {
  LayerDrop drop;
  CellList protected_cells;        // connections that stay
  std::uint64_t grow = 0;          // connections to grow
  CandidateDraws candidates = {};  // of growth by gradient, unless all eligible cells are scored

  bool operator==(const LayerEvolution&) const = default;
};

struct EvolutionPlan {
  std::uint64_t seed = 0;
  EvolutionTime time;
  DropGroups groups = DropGroups::kBySign;
  GrowthSource growth;
  NewbornValues newborn;
  bool reports_cells = false;          // those that drop and those that grow
  std::vector<LayerEvolution> layers;  // one per network layer; dense layers are ignored

  bool operator==(const EvolutionPlan&) const = default;
};

/// Growth, step by step, the same on every device. Let the eligible cells be those inactive after
/// the drop, without those just dropped where these must not regrow, and K the cells to grow. Let
/// class_r be the eligible cells of rank r in ascending order, r from the highest. While
/// K ≥ |class_r| the whole class is taken. From the first larger one the K cells class_r[B(k)],
/// k < K are taken, with B = Bijection(|class_r|, seed, time.grow(), layer, time.number, r)
/// (kByIndex: class_r[k]). If all classes are exhausted, the rest comes from `others`, the eligible
/// cells not taken in ascending order: others[B(k)], B = Bijection(|others|, seed,
/// time.shortfall(), layer, time.number).
///
/// Growth by gradient: the candidates are all eligible cells; or, uniformly, E[B(k)], k < count, of
/// the eligible cells E in ascending order, B = Bijection(|E|, seed, Purpose::kCandidates, layer,
/// time.number), all of them where count ≥ |E|; or the distinct eligible ones of `count` draws
/// (drawn_cell()). A candidate's score is |g|, g = ∂loss/∂weight of the batch that differentiate()
/// had, as it would be if the cell were a connection: Σ_b dz·x. A cell whose g is NaN is none. The
/// K candidates of the highest score grow, of equal ones the lower cell. Where there are fewer, all
/// grow, and the rest comes from `others` as above. Sums are rounded as each device adds up: the
/// same cells grow everywhere but for those whose scores rounding cannot tell apart.
///
/// Fresh weights draw word 0 of random_block(seed, time.grown_weight(), layer, time.number, cell).

}  // namespace regrow

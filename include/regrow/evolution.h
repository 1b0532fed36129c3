// What evolves in an evolution, as data: the host fills these plans, a back end executes them and
// reports. No back end holds a policy.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "regrow/image_shape.h"
#include "regrow/philox.h"

namespace regrow {

/// Signs of one layer's weights. −0 is a zero; a NaN or infinity is counted as `non_finite` only.
struct WeightCounts {
  std::uint64_t negatives = 0;
  std::uint64_t positives = 0;
  std::uint64_t zeros = 0;
  std::uint64_t non_finite = 0;  // among weights, biases and their momenta

  bool operator==(const WeightCounts&) const = default;
};

/// kPerSign: the `negatives` negative and `positives` positive weights closest to zero, and every
/// zero. kMagnitude: the `smallest` weights of smallest |w|.
/// Ties go to the lower cell index first.
enum class DropRule : std::uint8_t { kPerSign, kMagnitude };

struct LayerDrop {
  std::uint64_t negatives = 0;
  std::uint64_t positives = 0;
  std::uint64_t smallest = 0;

  bool operator==(const LayerDrop&) const = default;
};

struct DropPlan {
  DropRule rule = DropRule::kPerSign;
  std::vector<LayerDrop> layers;  // one per network layer; dense layers are ignored

  bool operator==(const DropPlan&) const = default;
};

struct DropReport {
  std::uint64_t negatives = 0;  // dropped, by sign
  std::uint64_t positives = 0;
  std::uint64_t zeros = 0;
  std::uint64_t remaining = 0;  // λ: connections left

  std::uint64_t dropped() const { return negatives + positives + zeros; }
  bool operator==(const DropReport&) const = default;
};

/// Which of the 8 cells around (out, in) are neighbours; no wrap at the mask's edges.
enum class Neighbourhood : std::uint8_t { kMoore8, kCross4, kDiagonal4 };

/// The inputs of the first layer as an image.
struct InputImage {
  ImageShape shape;
  InputOrder order = InputOrder::kHwc;

  bool operator==(const InputImage&) const = default;
};

/// Where a layer's cells have their neighbours. In the mask they are the cells around (out, in). In
/// the image they are the cells of the same `out` whose input is of any channel of the pixels
/// around the input's own, and more than 8 active ones count as 8.
struct NeighbourSpace {
  // Implicit: a neighbourhood alone is one in the mask.
  NeighbourSpace(Neighbourhood around_cell) : around(around_cell) {}
  NeighbourSpace(Neighbourhood around_pixel, const InputImage& input_image)
      : around(around_pixel), in_image(true), image(input_image) {}

  Neighbourhood around;
  bool in_image = false;
  InputImage image;  // where in_image
};

/// How the last class that is not wholly taken is thinned out.
enum class TieRule : std::uint8_t { kRandom, kByIndex };

/// Growth by neighbours is a table. Cells are taken by falling rank of their number of active
/// neighbours (a snapshot after the drop); all cells of one rank form one class, and within the
/// last class taken the tie rule chooses. If all eligible cells are too few, the rest is filled
/// uniformly from the other inactive cells. See host/policy/growth_rules.cpp for the rows.
struct GrowthRule {
  static constexpr std::int8_t kNotEligible = -1;

  std::string_view name;
  std::array<std::int8_t, 9> rank_of_count{};  // by number of active neighbours, 0..8
  bool in_image = false;  // in the first layer, of neighbours in the image; else in the mask

  bool operator==(const GrowthRule&) const = default;

  /// True where every inactive cell is in one class: neighbours need not be counted.
  bool ignores_neighbours() const {
    for (const std::int8_t rank : rank_of_count) {
      if (rank != rank_of_count[0] || rank == kNotEligible) return false;
    }
    return true;
  }
};

enum class WeightInit : std::uint8_t { kGlorotDense, kLecunSparse, kHeSparse };

/// The law of initial (and, on request, of grown) weights: uniform in ±init_limit(...).
/// kGlorotDense: √(6/(inputs+outputs)) (Glorot & Bengio 2010, on the dense fans);
/// kLecunSparse: √(3/fan_in), variance 1/fan_in; kHeSparse: √(6/fan_in), variance 2/fan_in, on the
/// neuron's own number of connections.
/// In doubles, whose quotients and roots are rounded alike on every device.
REGROW_HD inline double init_limit(WeightInit init, std::uint32_t inputs, std::uint32_t outputs,
                                   std::uint64_t fan_in) {
  if (init == WeightInit::kGlorotDense) {
    return std::sqrt(6.0 / (static_cast<double>(inputs) + static_cast<double>(outputs)));
  }
  if (fan_in == 0) return 0;  // a neuron without connections: there is no weight to draw
  // A uniform law in ±a has the variance a²/3.
  const double variance_times_fan_in = init == WeightInit::kHeSparse ? 2.0 : 1.0;
  return std::sqrt(3.0 * variance_times_fan_in / static_cast<double>(fan_in));
}

/// The weight that `bits` draws from ±limit, rounded to float on every device.
REGROW_HD inline float init_weight(double limit, std::uint32_t bits) {
  // 2u − 1 is exact, contracted or not, so the product is rounded to double and then to float, on
  // every device alike.
  return static_cast<float>((2.0 * static_cast<double>(uniform_from_bits(bits)) - 1.0) * limit);
}

struct GrowPlan {
  std::uint64_t seed = 0;
  std::uint32_t time = 0;  // the epoch: keys every random choice
  GrowthRule rule;
  TieRule tie = TieRule::kRandom;
  Neighbourhood neighbourhood = Neighbourhood::kMoore8;
  std::optional<InputImage> image;             // without one, every rule looks at the mask
  bool fresh_weights = false;                  // false: grown weights are 0; true: a draw of `init`
  WeightInit init = WeightInit::kGlorotDense;  // fan-ins are those after the growth
  bool keep_momentum_of_regrown = false;  // a cell dropped and grown at once keeps its momentum
  std::vector<std::uint64_t> counts;      // connections to grow, one per network layer

  bool operator==(const GrowPlan&) const = default;

  NeighbourSpace neighbour_space(std::uint32_t layer) const {
    if (layer > 0 || !rule.in_image || !image) return neighbourhood;
    return {neighbourhood, *image};
  }
};

struct GrowReport {
  std::uint64_t grown = 0;
  std::uint64_t filled = 0;  // of which by the random fill, for want of eligible cells

  bool operator==(const GrowReport&) const = default;
};

/// Growth, step by step, the same on every device. With A the active cells after the drop and K
/// cells to grow: let class_r be the inactive cells of rank r in ascending order, r from the
/// highest. While K ≥ |class_r| the whole class is taken. From the first larger one the K cells
/// class_r[B(k)], k < K are taken, with B = Bijection(|class_r|, seed, kGrow, layer, time, r)
/// (kByIndex: class_r[k]). If all classes are exhausted, the rest comes from `others`, the inactive
/// cells not taken in ascending order: others[B(k)], B = Bijection(|others|, seed, kGrowShortfall,
/// layer, time). Fresh weights draw word 0 of random_block(seed, kGrownWeight, layer, time, cell).

}  // namespace regrow

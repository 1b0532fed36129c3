// Where connections grow, as a table over the number of active neighbours of a cell.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "regrow/image_shape.h"

namespace regrow {

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

/// Growth by gradient takes the cells that a batch's gradients ask for most (plan.h). Growth by
/// neighbours is a table. Cells are taken by falling rank of their number of active neighbours (a
/// snapshot after the drop); all cells of one rank form one class, and within the last class taken
/// the tie rule chooses. If all eligible cells are too few, the rest is filled uniformly from the
/// other eligible cells. See host/evolution/growth_rules.cpp for the rows.
struct GrowthRule {
  static constexpr std::int8_t kNotEligible = -1;

  std::string name;
  std::array<std::int8_t, 9> rank_of_count{};  // by number of active neighbours, 0..8
  bool in_image = false;  // in the first layer, of neighbours in the image; else in the mask
  /// By |∂loss/∂weight| of a batch instead: the largest grow first. Ranks are then all 0.
  bool by_gradient = false;

  bool operator==(const GrowthRule&) const = default;

  /// True where any eligible cell may grow as well as any other.
  bool is_random() const { return !by_gradient && ignores_neighbours(); }
  /// True where every inactive cell is in one class: neighbours need not be counted.
  bool ignores_neighbours() const {
    for (const std::int8_t rank : rank_of_count) {
      if (rank != rank_of_count[0] || rank == kNotEligible) return false;
    }
    return true;
  }
};

/// The rules that have names: random, one_neighbour, most_neighbours, pixel_neighbour, gradient.
/// Flags, help, docs and tests walk this table.
std::span<const GrowthRule> growth_rules();

/// The name of a row of growth_rules(), or a rule written out, "ranks:R0,R1,…,R8" or, of neighbours
/// in the image, "pixel_ranks:R0,…,R8", by number of active neighbours; a rank is a whole number
/// from 0 to 127, or "never" where such a cell is not eligible. A name that no row has may stand
/// before it: "few=ranks:0,1,1,0,0,0,0,0,0". Nothing where `text` is not of that form, or no cell
/// would ever be eligible; then `fault` takes why.
std::optional<GrowthRule> parse_growth_rule(const std::string& text, std::string* fault = nullptr);
/// The name of a row of growth_rules(), else the text that parse_growth_rule() reads back exactly.
std::string to_text(const GrowthRule& rule);
/// The rule's name alone where it has one, else to_text().
std::string short_text(const GrowthRule& rule);
/// Which cells grow, in words: "cells with 1 or 2 active neighbours, then 0 or 3 to 8".
std::string in_words(const GrowthRule& rule);
/// Why a rule written out cannot have this name: a row has it, or it is none; else "".
std::string fault_of_rule_name(const std::string& name);

}  // namespace regrow

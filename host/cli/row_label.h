// How a row of runs is called, and its quantities are headed.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "study/rows.h"

namespace regrow {

struct QuantityText {
  Quantity quantity;
  const char* name;     // for programs
  const char* heading;  // for people
  int digits;           // for people, after the point
  double scale;         // for people
};
inline constexpr std::array kQuantityTexts = {
    QuantityText{Quantity::kAccuracy, "accuracy", "accuracy", 4, 1},
    QuantityText{Quantity::kLoss, "loss", "loss", 4, 1},
    QuantityText{Quantity::kConnections, "connections", "connections", 0, 1},
    QuantityText{Quantity::kAlpha, "alpha", "alpha (1e-6)", 2, 1e6},
    QuantityText{Quantity::kBeta, "beta", "beta", 0, 1},
    QuantityText{Quantity::kTheta, "theta", "theta", 3, 1},
    QuantityText{Quantity::kPaused, "paused", "paused", 1, 1},
    QuantityText{Quantity::kSeconds, "seconds_per_epoch", "s/epoch", 2, 1},
    QuantityText{Quantity::kBestAccuracy, "best_accuracy", "best accuracy", 4, 1},
    QuantityText{Quantity::kOffFixedPoint, "off_fixed_point", "off fixed point (%)", 2, 100},
    QuantityText{Quantity::kMeanConnections, "mean_connections", "mean", 0, 1},
    QuantityText{Quantity::kPeakConnections, "peak_connections", "peak", 0, 1},
};
static_assert(kQuantityTexts.size() == kQuantities);
constexpr const QuantityText& text_of(Quantity quantity) {
  return kQuantityTexts[static_cast<std::size_t>(quantity)];
}

/// The columns that tell the rows of one table apart: method, measure, pause, grow, and whatever
/// else differs between them.
class RowLabels {
 public:
  explicit RowLabels(std::span<const Row> rows) : varying_(varying_settings(rows)) {}

  std::vector<std::string> header() const;
  /// `none` stands where there is no measure or no value.
  std::vector<std::string> cells(const Row& row, const std::string& none) const;
  /// In a sentence: "dynset on loss, paused on loss, random growth, zeta 0.2".
  std::string sentence(const Row& row) const;

 private:
  std::vector<const Setting*> varying_;
};

}  // namespace regrow

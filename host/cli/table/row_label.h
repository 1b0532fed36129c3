// How a row of runs is called, and its quantities are headed.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cli/table/fitted_table.h"
#include "cli/table/rule_names.h"
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
    QuantityText{Quantity::kDensity, "density", "density", 4, 1},
    QuantityText{Quantity::kTotalSeconds, "seconds", "time (s)", 1, 1},
    QuantityText{Quantity::kValAccuracy, "val_accuracy", "val accuracy", 4, 1},
    QuantityText{Quantity::kValLoss, "val_loss", "val loss", 4, 1},
    QuantityText{Quantity::kFlops, "flops", "GFLOP", 1, 1e-9},
    QuantityText{Quantity::kSurvival, "survival", "survival", 4, 1},
};
static_assert(kQuantityTexts.size() == kQuantities);
constexpr const QuantityText& text_of(Quantity quantity) {
  return kQuantityTexts[static_cast<std::size_t>(quantity)];
}

/// The variant that all runs of the row are of, or "".
std::string variant_of(const Row& row);

/// What the growth rules of these rows are called.
RuleNames rules_of(std::span<const Row> rows);

/// What tells the rows of one table apart: variant, method, measure, pause, grow, and whatever else
/// differs between them.
class RowLabels {
 public:
  enum class Style : std::uint8_t {
    kAll,    // method, measure, pause and grow, whether they differ or not
    kApart,  // only what differs; what does not, common() says once for all
  };
  RowLabels(std::span<const Row> rows, Style style);

  struct Columns {
    std::vector<std::string> header;
    std::vector<int> ranks;  // of cli/table/fitted_table.h
  };
  Columns columns() const { return columns_of(labels_); }
  /// `none` stands where there is no measure or no value.
  std::vector<std::string> cells(const Row& row, const std::string& none) const {
    return cells_of(labels_, row, none);
  }
  /// No more than names a row.
  Columns short_columns() const { return columns_of(short_labels_); }
  std::vector<std::string> short_cells(const Row& row, const std::string& none) const {
    return cells_of(short_labels_, row, none);
  }

  /// What all rows have of what the style leaves out: "measure loss, grow random"; or "".
  const std::string& common() const { return common_; }

  /// In a sentence: "dynset on loss, paused on loss, random growth, zeta 0.2"; or as far as that
  /// tells the rows apart.
  std::string sentence(const Row& row) const;

 private:
  struct Label {
    std::string name;
    std::function<std::string(const Row&)> value;  // "" where there is none
    int rank = kKey;
  };
  static Columns columns_of(std::span<const Label> labels);
  static std::vector<std::string> cells_of(std::span<const Label> labels, const Row& row,
                                           const std::string& none);
  void leave_out_common(std::span<const Row> rows);
  bool is_said(const std::string& name) const;

  RuleNames rules_;
  std::vector<Label> labels_;
  std::vector<Label> short_labels_;
  std::string common_;
};

}  // namespace regrow

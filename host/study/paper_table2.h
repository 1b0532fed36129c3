// The results that the thesis prints, to set beside ours.
#pragma once

#include <array>
#include <vector>

#include "config/settings.h"
#include "study/run_result.h"

namespace regrow {

inline constexpr std::int64_t kPaperEpochs = 1000;

/// What the table has of each method, the first of Quantity.
inline constexpr std::array kPaperQuantities = {Quantity::kAccuracy, Quantity::kLoss,
                                                Quantity::kConnections, Quantity::kAlpha,
                                                Quantity::kBeta};

/// A row of the thesis' Table 2: one run, whose seed is not told.
struct PaperResult {
  Method method;
  Measure measure;
  Measure pause;
  std::array<double, kPaperQuantities.size()> values;

  /// Of a quantity among kPaperQuantities.
  double operator[](Quantity quantity) const {
    return values.at(static_cast<std::size_t>(quantity));
  }
};

/// The row of these methods, or nullptr.
const PaperResult* paper_result(Method method, Measure measure, Measure pause);

/// In what a configuration differs from the thesis' experiment of its method, measure and pause
/// (which has a row): in settings that tell rows apart, but for the number of epochs and the
/// device.
std::vector<const Setting*> differences_from_paper(const Config& config);

/// The row that a configuration repeats, or nullptr.
const PaperResult* repeated_paper_result(const Config& config);

}  // namespace regrow

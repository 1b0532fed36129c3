// Which row another one is compared with.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "study/rows.h"

namespace regrow {

enum class BaselineKind : std::uint8_t {
  kSet,       // SET without a pause
  kPlainSet,  // SET as published: no pause, random growth of as many as were dropped, and no
              // setting that changes when and what an evolution drops but ζ
  kRandom,    // the same method, measure and pause, with random growth
};

/// For each row, among those of that kind with the same data, network, training and device: the one
/// that differs in the fewest settings of evolution, the first of equals. nullptr where there is
/// none, or where the row is of that kind itself.
std::vector<const Row*> baselines_of(std::span<const Row> rows, BaselineKind kind);

}  // namespace regrow

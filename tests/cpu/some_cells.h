// A part of a layer's connections, drawn by RapidCheck.
#pragma once

#include <rapidcheck.h>

#include <cstdint>

#include "regrow/evolution/measures.h"

namespace regrow::tests {

inline CellList some_of(const CellList& cells, std::uint32_t percent) {
  CellList some;
  for (const std::uint64_t cell : cells) {
    if (*rc::gen::inRange<std::uint32_t>(0, 100) < percent) some.push_back(cell);
  }
  return some;
}

}  // namespace regrow::tests

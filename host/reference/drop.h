// Dropping: the connections closest to zero go.
#pragma once

#include "reference/topology.h"
#include "regrow/evolution/plan.h"
#include "regrow/evolution/report.h"

namespace regrow::reference {

struct Drop {
  DropReport report;
  CellList cells;  // ascending
};

/// Clears mask and weight of the connections that the plan asks for, never of a protected one, and
/// leaves their slots for grow() to judge. A dense layer drops nothing.
Drop drop(DropGroups groups, const LayerEvolution& plan, ReferenceLayer& layer);

}  // namespace regrow::reference

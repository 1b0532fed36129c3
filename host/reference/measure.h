// What an evolution is planned from: signs and magnitudes, cell by cell.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "reference/topology.h"
#include "regrow/evolution/measures.h"

namespace regrow::reference {

/// The connections that may drop, ascending: the active cells without the protected ones. Throws
/// std::logic_error where `protected_cells` does not ascend, or one of them is no connection.
std::vector<std::size_t> candidate_cells(const ReferenceLayer& layer,
                                         const CellList& protected_cells);

/// The bits of |weight| as a number: of a double where key_bits is 63, else of the float that the
/// weight is rounded to.
std::uint64_t magnitude_key(double weight, std::uint32_t key_bits);

/// All that is asked of one layer. Throws std::logic_error where `digit` is none of a key of 31 or
/// of 63 bits.
LayerMeasures measure(const ReferenceLayer& layer, const CellList& protected_cells,
                      const std::optional<MagnitudeDigit>& digit);

}  // namespace regrow::reference

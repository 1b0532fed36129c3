#include "regrow/data_schema.h"

#include <algorithm>

namespace regrow {

std::uint64_t inputs_of(const DataSchema& schema) {
  std::uint64_t inputs = 0;
  for (const DataColumn& column : schema.columns) {
    inputs += std::max<std::uint64_t>(column.categories.size(), 1);
  }
  return inputs;
}

}  // namespace regrow

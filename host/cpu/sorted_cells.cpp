#include "cpu/sorted_cells.h"

#include <algorithm>

namespace regrow::cpu {

std::size_t count_of_first(CellSpan a, CellSpan b, std::size_t count) {
  std::size_t least = count > b.size() ? count - b.size() : 0;
  std::size_t most = std::min(count, a.size());
  while (least < most) {
    const std::size_t middle = least + (most - least) / 2;
    if (a[middle] < b[count - 1 - middle]) {
      least = middle + 1;
    } else {
      most = middle;
    }
  }
  return least;
}

Cells merged(CellSpan a, CellSpan b, Workers& workers) {
  Cells all(a.size() + b.size());
  workers.share(all.size(), [&](const Range& part) {
    const std::size_t first_a = count_of_first(a, b, part.first);
    const std::size_t last_a = count_of_first(a, b, part.last);
    const CellSpan of_a = a.subspan(first_a, last_a - first_a);
    const CellSpan of_b = b.subspan(part.first - first_a, part.size() - of_a.size());
    std::merge(of_a.begin(), of_a.end(), of_b.begin(), of_b.end(),
               all.begin() + static_cast<std::ptrdiff_t>(part.first));
  });
  return all;
}

// The cell of rank r is r + j, j the number of excluded cells e_i with e_i − i ≤ r.
Cells cells_outside(CellSpan excluded, Cells ranks, Workers& workers) {
  workers.share(ranks.size(), [&](const Range& part) {
    if (part.size() == 0) return;
    std::size_t j = 0, beyond = excluded.size();
    while (j < beyond) {
      const std::size_t middle = j + (beyond - j) / 2;
      if (excluded[middle] - middle <= ranks[part.first]) {
        j = middle + 1;
      } else {
        beyond = middle;
      }
    }
    for (std::size_t i = part.first; i < part.last; ++i) {
      while (j < excluded.size() && excluded[j] - j <= ranks[i]) ++j;
      ranks[i] += j;
    }
  });
  return ranks;
}

std::size_t first_of_row(CellSpan cells, std::uint64_t row, std::uint64_t columns) {
  return static_cast<std::size_t>(std::lower_bound(cells.begin(), cells.end(), row * columns) -
                                  cells.begin());
}

}  // namespace regrow::cpu

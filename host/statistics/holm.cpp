// Holm's correction.
#include "statistics/holm.h"

#include <algorithm>

namespace regrow {

std::vector<std::optional<double>> holm_corrected(std::span<const std::optional<double>> p) {
  std::vector<std::size_t> ascending;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p[i]) ascending.push_back(i);
  }
  std::sort(ascending.begin(), ascending.end(),
            [&](std::size_t a, std::size_t b) { return *p[a] < *p[b]; });
  std::vector<std::optional<double>> corrected(p.size());
  double largest = 0;  // a test is not found true before all those of a smaller p are
  for (std::size_t rank = 0; rank < ascending.size(); ++rank) {
    const auto left = static_cast<double>(ascending.size() - rank);
    largest = std::max(largest, std::min(1.0, left * *p[ascending[rank]]));
    corrected[ascending[rank]] = largest;
  }
  return corrected;
}

}  // namespace regrow

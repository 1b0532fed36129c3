#include "network/shared_cells.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace regrow {
namespace {

// Without a branch on what is as good as random: which list has the next cell.
std::uint64_t shared_of_part(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
  std::uint64_t shared = 0;
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    const std::uint64_t x = a[i], y = b[j];
    shared += x == y ? 1 : 0;
    i += x <= y ? 1 : 0;
    j += y <= x ? 1 : 0;
  }
  return shared;
}

}  // namespace

std::uint64_t count_shared(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b,
                           Workers& workers) {
  std::vector<std::uint64_t> shared(workers.size());
  workers.run([&](unsigned worker) {
    const Range part = even_part(a.size(), worker, workers.size());
    if (part.size() == 0) return;
    const auto first = std::lower_bound(b.begin(), b.end(), a[part.first]);
    shared[worker] = shared_of_part(a.subspan(part.first, part.size()), {first, b.end()});
  });
  return std::accumulate(shared.begin(), shared.end(), std::uint64_t{0});
}

}  // namespace regrow

#include <algorithm>
#include <span>
#include <vector>

#include "common/algorithms.h"
#include "evolve/per_element.h"
#include "evolve/ranks.h"

namespace regrow::cuda {
namespace {

__global__ void feistel_kernel(FeistelNetwork network, std::uint64_t first, std::size_t count,
                               std::uint64_t* images) {
  const std::size_t k = element_index();
  if (k < count) images[k] = network(first + k);
}

}  // namespace

Cells images(const Bijection& bijection, std::uint64_t first, std::uint64_t count,
             const Stream& stream) {
  if (bijection.is_small()) {
    const auto begin = bijection.table().begin() + static_cast<std::ptrdiff_t>(first);
    std::vector<std::uint64_t> table(begin, begin + static_cast<std::ptrdiff_t>(count));
    std::sort(table.begin(), table.end());
    return {std::span<const std::uint64_t>(table), "ranks of cells", stream};
  }
  Cells images(count, "ranks of cells", stream);
  launch_per_element(count, stream, feistel_kernel, bijection.feistel(), first, count,
                     images.data());
  sort(images.data(), count, stream);
  return images;
}

Cells ranks_of(const RankChoice& choice, const Stream& stream) {
  return choice.bijection ? images(*choice.bijection, 0, choice.count, stream)
                          : counted_up(choice.count, stream);
}

Cells filled_up(Cells grown, const CellSet& taken, const RankChoice& fill, const Stream& stream) {
  const Cells excluded = merge_cells(taken, set_of(grown), stream);
  const Cells cells = cells_outside(set_of(excluded), ranks_of(fill, stream), stream);
  return merge_cells(set_of(grown), set_of(cells), stream);
}

}  // namespace regrow::cuda

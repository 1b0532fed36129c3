#include "cpu/candidate_draws.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <span>
#include <vector>

#include "cpu/sorted_ranks.h"
#include "regrow/bijection.h"
#include "regrow/error.h"
#include "regrow/philox.h"

namespace regrow::cpu {
namespace {

// drawn_neuron() in constant time on average: a table says between which neurons the answer lies,
// by the leading bits of the point in the running sums.
class NeuronSearch {
 public:
  explicit NeuronSearch(std::span<const std::uint64_t> sums) : sums_(sums) {
    const auto sum_bits = static_cast<int>(std::bit_width(sums.back()));
    shift_ = std::max(0, sum_bits - static_cast<int>(std::bit_width(4 * sums.size())));
    first_.resize((sums.back() >> shift_) + 2);
    std::uint32_t neuron = 0;
    for (std::size_t slot = 0; slot < first_.size(); ++slot) {
      while (neuron < sums.size() && sums[neuron] >> shift_ < slot) ++neuron;
      first_[slot] = neuron;
    }
  }
  static std::uint64_t bytes_of(std::uint64_t neurons) {
    return (8 * neurons + 2) * sizeof(std::uint32_t);
  }

  std::uint32_t operator()(std::uint64_t random) const {
    const std::uint64_t at = scaled_below(random, sums_.back());
    const std::size_t slot = at >> shift_;
    const auto first = sums_.begin() + first_[slot];
    // The first sum of the next slot is above all points of this one.
    const auto last = sums_.begin() + first_[slot + 1];
    return static_cast<std::uint32_t>(std::upper_bound(first, last, at) - sums_.begin());
  }

 private:
  std::span<const std::uint64_t> sums_;
  int shift_ = 0;
  std::vector<std::uint32_t> first_;  // [slots + 1]: the first neuron whose sum is in the slot
};

bool fits(const std::vector<std::uint64_t>& sums, std::uint32_t neurons) {
  return sums.size() == neurons && std::is_sorted(sums.begin(), sums.end()) && sums.back() > 0;
}

// Leaves out what is there twice, and what is taken; both are sorted.
void keep_untaken(Cells& cells, CellSpan taken) {
  cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
  std::size_t kept = 0, t = 0;
  for (const std::uint64_t cell : cells) {
    while (t < taken.size() && taken[t] < cell) ++t;
    if (t == taken.size() || taken[t] != cell) cells[kept++] = cell;
  }
  cells.resize(kept);
}

Cells drawn_by_strength(const EvolutionPlan& plan, const LayerShape& layer, CellSpan taken,
                        ThreadPool& pool) {
  const CandidateDraws& draws = plan.layers[layer.index].candidates;
  REGROW_CHECK(fits(draws.inputs, layer.inputs) && fits(draws.outputs, layer.outputs),
               "candidates are drawn by a running sum of every neuron");
  const NeuronSearch input_of(draws.inputs), output_of(draws.outputs);
  Cells cells(draws.count);
  pool.run([&](unsigned thread) {
    const Range part = even_part(cells.size(), thread, pool.size());
    for (std::size_t k = part.first; k < part.last; ++k) {
      const PhiloxBlock block =
          random_block(plan.seed, Purpose::kCandidates, layer.index, plan.time.number, k);
      cells[k] =
          std::uint64_t{output_of(output_draw(block))} * layer.inputs + input_of(input_draw(block));
    }
  });
  sort_below(layer.cell_count(), cells, pool);
  keep_untaken(cells, taken);
  return cells;
}

}  // namespace

bool scores_all(CandidateLaw law, std::uint64_t draws, std::uint64_t eligible) {
  return law == CandidateLaw::kAll || (law == CandidateLaw::kUniform && draws >= eligible);
}

Cells drawn_candidates(const EvolutionPlan& plan, const LayerShape& layer, CellSpan taken,
                       ThreadPool& pool) {
  const std::uint64_t count = plan.layers[layer.index].candidates.count;
  if (count == 0) return {};
  if (draws_by_strength(plan.growth.candidates)) {
    return drawn_by_strength(plan, layer, taken, pool);
  }
  const std::uint64_t eligible = layer.cell_count() - taken.size();
  const RankChoice draws = {
      eligible, count,
      Bijection(eligible, plan.seed, Purpose::kCandidates, layer.index, plan.time.number)};
  return cells_outside(taken, sorted_ranks(draws, pool), pool);
}

std::uint64_t bytes_of_draws(CandidateLaw law, std::uint64_t draws, std::uint32_t inputs,
                             std::uint32_t outputs) {
  // Sorting holds them twice.
  const std::uint64_t cells = 2 * draws * sizeof(std::uint64_t);
  if (!draws_by_strength(law)) return cells;
  return cells + NeuronSearch::bytes_of(inputs) + NeuronSearch::bytes_of(outputs);
}

}  // namespace regrow::cpu

#include "evolution/class_walk.h"

#include <functional>
#include <numeric>
#include <set>

#include "regrow/error.h"

namespace regrow {
namespace {

RankChoice all_of(std::uint64_t size) { return {size, size, std::nullopt}; }

}  // namespace

GrowthChoice choose_growth(const EvolutionPlan& plan, std::uint32_t layer,
                           const ClassSizes& sizes) {
  REGROW_CHECK(layer < plan.layers.size(), "a plan lacks a layer");
  const std::uint64_t wanted = plan.layers[layer].grow;
  const std::uint64_t eligible = std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0});
  REGROW_CHECK(wanted <= eligible, "a plan grows more cells than are eligible");
  const std::array<std::int8_t, 9>& rank_of_count = plan.growth.rule.rank_of_count;

  GrowthChoice choice;
  choice.report.grown = wanted;
  std::set<std::int8_t, std::greater<>> falling_ranks(rank_of_count.begin(), rank_of_count.end());
  falling_ranks.erase(GrowthRule::kNotEligible);
  ClassChoice whole;
  std::optional<ClassChoice> partial;
  std::uint64_t missing = wanted;
  for (const std::int8_t rank : falling_ranks) {
    if (missing == 0) break;
    ClassChoice members;
    std::uint64_t size = 0;
    for (std::size_t count = 0; count < sizes.size(); ++count) {
      members.counts[count] = rank_of_count[count] == rank;
      size += members.counts[count] ? sizes[count] : 0;
    }
    if (missing < size) {
      members.ranks = {size, missing, std::nullopt};
      if (plan.growth.tie == TieRule::kRandom) {
        members.ranks.bijection.emplace(size, plan.seed, plan.time.grow(), layer, plan.time.number,
                                        static_cast<std::uint32_t>(rank));
      }
      partial = std::move(members);
      missing = 0;
    } else {
      whole.counts |= members.counts;
      whole.ranks = all_of(whole.ranks.size + size);
      missing -= size;
    }
  }
  if (whole.ranks.size > 0) choice.classes.push_back(std::move(whole));
  if (partial) choice.classes.push_back(std::move(*partial));
  if (missing > 0) {
    const std::uint64_t others = eligible - (wanted - missing);
    choice.report.filled = missing;
    choice.fill =
        RankChoice{others, missing,
                   Bijection(others, plan.seed, plan.time.shortfall(), layer, plan.time.number)};
  }
  return choice;
}

}  // namespace regrow

#include "cli/pruned_evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "config/settings.h"
#include "evolution/drop_counts.h"
#include "regrow/error.h"

namespace regrow {
namespace {

constexpr std::int64_t kMillion = 1000000;

double share_of(const PrunedEvaluation& one) {
  return static_cast<double>(one.share_millionths) / kMillion;
}

double accuracy_of(const PrunedEvaluation& one) {
  return static_cast<double>(one.sums.hits) / static_cast<double>(one.sums.samples);
}

double loss_of(const PrunedEvaluation& one) {
  return one.sums.loss / static_cast<double>(one.sums.samples);
}

/// With its sign, but none below zero where nothing is left of it after rounding.
std::string change_text(double change) {
  std::string text = fmt::format("{:+.4f}", change);
  return text == "-0.0000" ? "+0.0000" : text;
}

std::int64_t read_share(const std::string& word) {
  // A share of connections is written as ζ is, and as exact.
  Config config;
  const bool is_share = find_setting("zeta")->parse(config, word);
  const std::int64_t share = config.zeta_millionths;
  if (is_share && share > 0 && share < kMillion) return share;
  throw UsageError(fmt::format(
      "regrow eval: --prune: '{}' is no number above 0 and below 1 of at most six digits after the "
      "point; give shares, as --prune 0.1,0.3",
      excerpt(word)));
}

EvolutionPlan drop_plan(const std::vector<LayerMeasures>& measures, std::int64_t share_millionths) {
  EvolutionPlan plan;
  plan.groups = DropGroups::kBySign;
  for (const LayerMeasures& layer : measures) {
    plan.layers.emplace_back().drop = drop_counts(DropRule::kPerSign, layer.candidates,
                                                  static_cast<std::uint32_t>(share_millionths));
  }
  return plan;
}

}  // namespace

std::vector<std::int64_t> prune_shares(const std::string& list) {
  std::vector<std::int64_t> shares;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    const std::string word = list.substr(begin, end - begin);
    const std::int64_t share = read_share(word);
    if (std::find(shares.begin(), shares.end(), share) != shares.end()) {
      throw UsageError(
          fmt::format("regrow eval: --prune: {} is there twice; give each share once", word));
    }
    shares.push_back(share);
    begin = end + 1;
  }
  return shares;
}

PrunedEvaluation evaluate_pruned(Backend& backend, const NetworkState& network,
                                 std::int64_t share_millionths, Split split) {
  backend.load(network);
  const std::vector<EvolutionReport> reports =
      backend.evolve(drop_plan(backend.measure({}), share_millionths));
  PrunedEvaluation pruned{.share_millionths = share_millionths};
  for (std::size_t l = 0; l + 1 < reports.size(); ++l) {
    pruned.connections += reports[l].dropped.remaining;
  }
  pruned.sums = backend.evaluate(split);
  return pruned;
}

TextTable pruned_table(std::span<const PrunedEvaluation> all, bool has_labels) {
  TextTable table;
  table.header = {"share", "connections"};
  if (has_labels) table.header.emplace_back("accuracy");
  table.header.emplace_back("loss");
  if (has_labels) table.header.emplace_back("accuracy change");
  table.header.emplace_back("loss change");
  for (const PrunedEvaluation& one : all) {
    std::vector<std::string>& row = table.rows.emplace_back();
    row = {fmt::format("{}", share_of(one)), std::to_string(one.connections)};
    if (has_labels) row.push_back(fmt::format("{:.4f}", accuracy_of(one)));
    row.push_back(fmt::format("{:.4f}", loss_of(one)));
    if (has_labels) {
      row.push_back(change_text(accuracy_of(one) - accuracy_of(all.front())));
    }
    row.push_back(change_text(loss_of(one) - loss_of(all.front())));
  }
  return table;
}

nlohmann::ordered_json pruned_json(std::span<const PrunedEvaluation> all, bool has_labels) {
  using Json = nlohmann::ordered_json;
  const auto labelled = [&](double value) { return has_labels ? Json(value) : Json(); };
  Json list = Json::array();
  for (const PrunedEvaluation& one : all) {
    list.push_back({{"share", share_of(one)},
                    {"connections", one.connections},
                    {"accuracy", labelled(accuracy_of(one))},
                    {"loss", loss_of(one)},
                    {"accuracy_change", labelled(accuracy_of(one) - accuracy_of(all.front()))},
                    {"loss_change", loss_of(one) - loss_of(all.front())}});
  }
  return list;
}

}  // namespace regrow

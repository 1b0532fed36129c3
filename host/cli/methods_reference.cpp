#include "cli/methods_reference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "cli/table/fitted_table.h"
#include "cli/table/text_table.h"
#include "cli/terminal/text_layout.h"
#include "config/settings.h"
#include "device/device_names.h"
#include "regrow/evolution/method.h"
#include "regrow/parts.h"

namespace regrow {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kParts =
    "What a row says of a part is its default, which the part's own setting overrides: drop by "
    "--drop, theta by --measure, --k, --theta-scale and --theta-max, grow by --grow, pause by "
    "--pause; and when connections evolve by --evolve-every and --evolve-until.";
constexpr const char* kGrowthRules =
    "Where connections grow (--grow). A rule is nine ranks, of inactive cells with 0 to 8 active "
    "neighbours; those of the highest rank grow first. Another one needs no more than its ranks, "
    "as --grow ranks:0,1,1,0,0,0,0,0,0 (pixel_ranks: of neighbours in the image), or a name in a "
    "[[growth_rule]] of a TOML file.";
constexpr const char* kDropRules = "What drops (--drop).";
constexpr const char* kActivations =
    "Activations (--activation): what a hidden neuron makes of z, its weighted sum.";
constexpr const char* kOptimisers = "Optimisers (--optimiser): how gradients become steps.";
constexpr const char* kLosses = "Losses (--loss): what training minimises.";

std::vector<std::string> measures_of(const MethodRow& row) {
  std::vector<std::string> names;
  for (const Measure measure : row.measures) names.push_back(name_of(measure));
  return names;
}

std::string pause_of(const MethodRow& row) {
  return row.pause == OwnPause::kItsMeasure ? "its measure" : "none";
}

std::vector<std::string> ranks_of(const GrowthRule& rule) {
  std::vector<std::string> ranks;
  for (const std::int8_t rank : rule.rank_of_count) {
    ranks.push_back(rank == GrowthRule::kNotEligible ? "never" : std::to_string(rank));
  }
  return ranks;
}

/// Parts that a method has not are empty.
TextTable parts_of_methods() {
  TextTable table;
  table.header = {"method", "start", "evolves", "theta", "steered by", "drop", "grow", "pause"};
  table.left_aligned = table.header.size();
  for (const MethodRow& row : method_rows()) {
    std::vector<std::string> cells = {std::string(row.name), row.is_dense ? "dense" : "sparse",
                                      row.evolves ? "each epoch" : "never"};
    if (row.evolves) {
      cells.insert(
          cells.end(),
          {std::string(row.amount), fmt::format("{}", fmt::join(measures_of(row), ", ")),
           std::string(drop_rule_row(row.drop).name), std::string(row.grow), pause_of(row)});
    } else {
      cells.resize(table.header.size());
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

/// What each row is: of methods, activations, optimisers or losses.
template <typename Row>
TextTable part_table(const char* what, std::span<const Row> rows) {
  TextTable table;
  table.header = {what, "what"};
  table.left_aligned = table.header.size();
  for (const Row& row : rows) {
    table.rows.push_back(
        {std::string(row.name),
         fmt::format("{} ({}; devices: {})", row.summary, row.source, devices_that_run(row.name))});
  }
  return table;
}

TextTable meanings_of_methods() { return part_table("method", method_rows()); }

TextTable growth_rule_table() {
  TextTable table;
  table.header = {"rule", "ranks", "what grows"};
  table.left_aligned = table.header.size();
  for (const GrowthRule& rule : growth_rules()) {
    table.rows.push_back(
        {rule.name, fmt::format("{}", fmt::join(ranks_of(rule), ",")), in_words(rule)});
  }
  return table;
}

TextTable drop_rule_table() {
  TextTable table;
  table.header = {"rule", "what drops"};
  table.left_aligned = table.header.size();
  for (const DropRuleRow& row : drop_rule_rows()) {
    table.rows.push_back({std::string(row.name), std::string(row.summary)});
  }
  return table;
}

struct NamedTable {
  const char* title;
  TextTable table;
};

std::vector<NamedTable> part_tables() {
  return {{kActivations, part_table("activation", activation_rows())},
          {kOptimisers, part_table("optimiser", optimiser_rows())},
          {kLosses, part_table("loss", loss_rows())}};
}

template <typename Kind>
Json parts_as_json(std::span<const PartRow<Kind>> rows) {
  Json parts = Json::array();
  for (const PartRow<Kind>& row : rows) {
    parts.push_back({{"name", row.name},
                     {"summary", row.summary},
                     {"source", row.source},
                     {"devices", devices_that_run(row.name)}});
  }
  return parts;
}

}  // namespace

std::string methods_as_text(std::optional<std::size_t> columns) {
  const FittedTable parts = fitted(parts_of_methods(), columns);
  std::string text = parts.text;
  for (const std::string& note : parts.notes) text += fitted_paragraph(note, columns);
  text += fitted_paragraph(kParts, columns);
  text += '\n' + with_last_wrapped(meanings_of_methods(), columns);
  text += '\n' + fitted_paragraph(kGrowthRules, columns);
  text += with_last_wrapped(growth_rule_table(), columns);
  text += '\n' + fitted_paragraph(kDropRules, columns);
  text += with_last_wrapped(drop_rule_table(), columns);
  for (const auto& [title, table] : part_tables()) {
    text += '\n' + fitted_paragraph(title, columns) + with_last_wrapped(table, columns);
  }
  return text;
}

std::string methods_as_markdown() {
  std::string text =
      fmt::format("{}\n{}\n\n{}\n{}\n\n{}\n{}\n\n{}", as_markdown(parts_of_methods()), kParts,
                  as_markdown(meanings_of_methods()), kGrowthRules,
                  as_markdown(growth_rule_table()), kDropRules, as_markdown(drop_rule_table()));
  for (const auto& [title, table] : part_tables()) {
    text += fmt::format("\n{}\n\n{}", title, as_markdown(table));
  }
  return text;
}

std::string methods_as_json() {
  Json document = {
      {"methods", Json::array()}, {"growth_rules", Json::array()}, {"drop_rules", Json::array()}};
  for (const MethodRow& row : method_rows()) {
    Json entry = {
        {"name", row.name}, {"start", row.is_dense ? "dense" : "sparse"}, {"evolves", row.evolves}};
    if (row.evolves) {
      entry["theta"] = row.amount;
      entry["measures"] = measures_of(row);
      entry["drop"] = drop_rule_row(row.drop).name;
      entry["grow"] = row.grow;
      entry["pause"] = row.pause == OwnPause::kItsMeasure ? "measure" : "none";
    }
    entry["summary"] = row.summary;
    entry["source"] = row.source;
    entry["devices"] = devices_that_run(row.name);
    document["methods"].push_back(std::move(entry));
  }
  for (const GrowthRule& rule : growth_rules()) {
    Json ranks = Json::array();
    for (const std::int8_t rank : rule.rank_of_count) {
      ranks.push_back(rank == GrowthRule::kNotEligible ? Json("never") : Json(rank));
    }
    document["growth_rules"].push_back({{"name", rule.name},
                                        {"ranks", std::move(ranks)},
                                        {"in_image", rule.in_image},
                                        {"summary", in_words(rule)}});
  }
  for (const DropRuleRow& row : drop_rule_rows()) {
    document["drop_rules"].push_back({{"name", row.name}, {"summary", row.summary}});
  }
  document["activations"] = parts_as_json(activation_rows());
  document["optimisers"] = parts_as_json(optimiser_rows());
  document["losses"] = parts_as_json(loss_rows());
  return document.dump(2) + '\n';
}

}  // namespace regrow

#include "cli/methods_reference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/table/fitted_table.h"
#include "cli/table/text_table.h"
#include "cli/terminal/text_layout.h"
#include "config/settings.h"
#include "device/device_names.h"
#include "regrow/config.h"
#include "regrow/evolution/method.h"
#include "regrow/parts.h"

namespace regrow {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kParts =
    "What a row says of a part is its default, which the part's own setting overrides: drop by "
    "--drop, theta by --measure, --k, --theta-scale and --theta-max, grow by --grow, candidates by "
    "--candidates and --candidate-ratio, pause by --pause; zeta, which begins at --zeta, by "
    "--zeta-schedule and --final-zeta; and when connections evolve by --evolve-every and "
    "--evolve-until, the share of the training from which on they stay.";
constexpr const char* kSameCells =
    "Given the same weights every device drops the same connections. What grows is the same, too, "
    "exactly; or, by gradients, but for cells whose scores differ by less than rounding: sums of "
    "floats depend on the device that adds them up.";
constexpr const char* kCandidates =
    "Candidates (--candidates): the inactive cells whose gradients are computed, where --grow is "
    "gradient. A sample has --candidate-ratio times as many draws as the layer has connections.";
constexpr const char* kExactly = "exactly";
constexpr const char* kButForRounding = "but for rounding";
constexpr const char* kGrowthRules =
    "Where connections grow (--grow). A rule is nine ranks, of inactive cells with 0 to 8 active "
    "neighbours; those of the highest rank grow first. Another one needs no more than its ranks, "
    "as --grow ranks:0,1,1,0,0,0,0,0,0 (pixel_ranks: of neighbours in the image), or a name in a "
    "[[growth_rule]] of a TOML file. Growth by gradient has no ranks, and takes the place of a "
    "training step.";
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
  if (rule.by_gradient) return ranks;
  for (const std::int8_t rank : rule.rank_of_count) {
    ranks.push_back(rank == GrowthRule::kNotEligible ? "never" : std::to_string(rank));
  }
  return ranks;
}

GrowthRule rule_of(const MethodRow& row) { return *parse_growth_rule(std::string(row.grow)); }

/// What a method's settings are unless they are given.
Config defaults_of(const MethodRow& row) {
  return preset_config(PresetName::kDefault, DatasetName::kSynthetic, row.method);
}

/// "each epoch", "every 100 steps, to 0.75"
std::string schedule_of(const MethodRow& row) {
  const EvolutionInterval& every = row.evolve_every;
  std::string text = every.steps > 0    ? fmt::format("every {} steps", every.steps)
                     : every.epochs > 1 ? fmt::format("every {} epochs", every.epochs)
                                        : "each epoch";
  if (row.evolve_until < 1) text += fmt::format(", to {}", row.evolve_until);
  return text;
}

/// Nothing where no gradients are computed.
std::string candidates_of(const MethodRow& row) {
  return rule_of(row).by_gradient ? value_text(defaults_of(row), "candidates") : "";
}

const char* sameness_of(const GrowthRule& rule) {
  return rule.by_gradient ? kButForRounding : kExactly;
}

/// Parts that a method has not are empty.
TextTable parts_of_methods() {
  TextTable table;
  table.header = {"method", "start", "evolves",    "zeta",  "theta",     "steered by",
                  "drop",   "grow",  "candidates", "pause", "same cells"};
  table.left_aligned = table.header.size();
  for (const MethodRow& row : method_rows()) {
    std::vector<std::string> cells = {std::string(row.name), row.is_dense ? "dense" : "sparse",
                                      row.evolves ? schedule_of(row) : "never"};
    if (row.evolves) {
      cells.insert(cells.end(),
                   {value_text(defaults_of(row), "zeta_schedule"), std::string(row.amount),
                    fmt::format("{}", fmt::join(measures_of(row), ", ")),
                    std::string(drop_rule_row(row.drop).name), std::string(row.grow),
                    candidates_of(row), pause_of(row), sameness_of(rule_of(row))});
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

/// Of a law of candidates: "cells drawn uniformly, none twice".
const char* meaning_of(CandidateLaw law) {
  switch (law) {
    case CandidateLaw::kAll:
      return "every inactive cell (Evci et al. 2020)";
    case CandidateLaw::kUniform:
      return "a uniform sample, none twice";
    case CandidateLaw::kGraBo:
      return "draws in proportion to a bound of |gradient|: the sum of the input's magnitudes over "
             "the batch times that of the output's gradients (Heddes et al. 2024)";
    case CandidateLaw::kGraEst:
      return "draws in proportion to the magnitude of an unbiased estimate of the gradient, from "
             "sums over the batch with random signs (Heddes et al. 2024)";
  }
  return "";
}

/// Names and meanings of the laws of candidates.
std::vector<std::pair<std::string, const char*>> candidate_laws() {
  const Setting& setting = *find_setting("candidates");
  std::vector<std::pair<std::string, const char*>> laws;
  for (const std::string& name : setting.choices) {
    Config config;
    setting.set_from_string(config, name, setting.flag());
    laws.emplace_back(name, meaning_of(config.candidates));
  }
  return laws;
}

TextTable candidate_table() {
  TextTable table;
  table.header = {"candidates", "which"};
  table.left_aligned = table.header.size();
  for (const auto& [name, meaning] : candidate_laws()) table.rows.push_back({name, meaning});
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
  text += fitted_paragraph(kParts, columns) + fitted_paragraph(kSameCells, columns);
  text += '\n' + with_last_wrapped(meanings_of_methods(), columns);
  text += '\n' + fitted_paragraph(kGrowthRules, columns);
  text += with_last_wrapped(growth_rule_table(), columns);
  text += '\n' + fitted_paragraph(kCandidates, columns);
  text += with_last_wrapped(candidate_table(), columns);
  text += '\n' + fitted_paragraph(kDropRules, columns);
  text += with_last_wrapped(drop_rule_table(), columns);
  for (const auto& [title, table] : part_tables()) {
    text += '\n' + fitted_paragraph(title, columns) + with_last_wrapped(table, columns);
  }
  return text;
}

std::string methods_as_markdown() {
  std::string text = fmt::format(
      "{}\n{}\n\n{}\n\n{}\n{}\n\n{}\n{}\n\n{}\n{}\n\n{}", as_markdown(parts_of_methods()), kParts,
      kSameCells, as_markdown(meanings_of_methods()), kGrowthRules,
      as_markdown(growth_rule_table()), kCandidates, as_markdown(candidate_table()), kDropRules,
      as_markdown(drop_rule_table()));
  for (const auto& [title, table] : part_tables()) {
    text += fmt::format("\n{}\n\n{}", title, as_markdown(table));
  }
  return text;
}

std::string methods_as_json() {
  Json document = {{"methods", Json::array()},
                   {"growth_rules", Json::array()},
                   {"candidates", Json::array()},
                   {"drop_rules", Json::array()}};
  for (const MethodRow& row : method_rows()) {
    Json entry = {
        {"name", row.name}, {"start", row.is_dense ? "dense" : "sparse"}, {"evolves", row.evolves}};
    if (row.evolves) {
      const Config defaults = defaults_of(row);
      entry["evolve_every"] = value_text(defaults, "evolve_every");
      entry["evolve_until"] = row.evolve_until;
      entry["zeta_schedule"] = value_text(defaults, "zeta_schedule");
      entry["theta"] = row.amount;
      entry["measures"] = measures_of(row);
      entry["drop"] = drop_rule_row(row.drop).name;
      entry["grow"] = row.grow;
      if (rule_of(row).by_gradient) entry["candidates"] = candidates_of(row);
      entry["pause"] = row.pause == OwnPause::kItsMeasure ? "measure" : "none";
      entry["same_cells_on_every_device"] = !rule_of(row).by_gradient;
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
                                        {"ranks", rule.by_gradient ? Json() : std::move(ranks)},
                                        {"in_image", rule.in_image},
                                        {"by_gradient", rule.by_gradient},
                                        {"same_cells_on_every_device", !rule.by_gradient},
                                        {"summary", in_words(rule)}});
  }
  for (const auto& [name, meaning] : candidate_laws()) {
    document["candidates"].push_back({{"name", name}, {"summary", meaning}});
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

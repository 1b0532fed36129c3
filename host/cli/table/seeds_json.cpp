// The table over seeds for programs: every number exactly, as a JSON document.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/table/row_label.h"
#include "cli/table/seeds_columns.h"
#include "cli/table/seeds_table.h"
#include "study/comparisons.h"
#include "study/paper_table2.h"

namespace regrow {
namespace {

using Json = nlohmann::ordered_json;

Json exact_json(std::optional<double> value) { return value ? Json(*value) : Json(); }

Json seeds_of(const Row& row) {
  Json seeds = Json::array();
  for (const RunResult& run : row.runs) seeds.push_back(run.config.seed);
  return seeds;
}

Json moments_of(const Row& row, Quantity quantity) {
  const Moments of = row.of(quantity);
  return {{"n", of.n},
          {"mean", of.n == 0 ? Json() : Json(of.mean)},
          {"standard_deviation", exact_json(of.standard_deviation)}};
}

Json paper_of(const Row& row) {
  const PaperResult* const paper = repeated_paper_result(row.config);
  if (paper == nullptr) return nullptr;
  Json json = Json::object();
  for (const Quantity quantity : kPaperQuantities) {
    const Moments of = row.of(quantity);
    json[text_of(quantity).name] = {
        {"paper", (*paper)[quantity]},
        {"difference", of.n == 0 ? Json() : Json(of.mean - (*paper)[quantity])}};
  }
  return json;
}

Json settings_of(const Row& row, std::span<const Setting* const> varying,
                 std::span<const ColumnOf<Row>> catalogue) {
  Json json = Json::object();
  for (const Setting* setting : varying) {
    const auto column = std::find_if(catalogue.begin(), catalogue.end(), [&](const auto& each) {
      return each.column.name == setting->key;
    });
    if (column != catalogue.end()) json[setting->key] = to_json(column->value(row));
  }
  return json;
}

/// By the kind of the column: an object of a quantity, a list of seeds, else the value.
Json value_of(const Row& row, const ColumnOf<Row>& column) {
  const std::string& name = column.column.name;
  if (name == "seeds") return seeds_of(row);
  const auto text = std::find_if(kQuantityTexts.begin(), kQuantityTexts.end(),
                                 [&](const QuantityText& each) { return name == each.name; });
  return text != kQuantityTexts.end() ? moments_of(row, text->quantity)
                                      : to_json(column.value(row));
}

Json comparison_json(const Comparison& comparison, std::span<const Row> rows, bool has_margin) {
  const PairedTest& paired = comparison.paired;
  const WelchTest& welch = comparison.welch;
  const auto bound = [&](double sign) {
    return paired.half_width ? Json(paired.mean_difference + sign * *paired.half_width) : Json();
  };
  Json json = {{"row", comparison.row - rows.data()},
               {"baseline", comparison.baseline - rows.data()},
               {"quantity", text_of(comparison.quantity).name},
               {"pairs", paired.n},
               {"difference", paired.n == 0 ? Json() : Json(paired.mean_difference)},
               {"difference_se", exact_json(paired.standard_error)},
               {"difference_low", bound(-1)},
               {"difference_high", bound(+1)},
               {"correlation", exact_json(comparison.correlation)},
               {"p", exact_json(paired.p)},
               {"p_holm", exact_json(comparison.paired_holm)},
               {"welch_difference", exact_json(welch.difference)},
               {"welch_se", exact_json(welch.standard_error)},
               {"welch_df", exact_json(welch.degrees_of_freedom)},
               {"welch_p", exact_json(welch.p)},
               {"welch_p_holm", exact_json(comparison.welch_holm)}};
  if (has_margin && comparison.quantity == Quantity::kAccuracy) {
    json["noninferior_p"] = exact_json(comparison.non_inferior);
    json["noninferior_p_holm"] = exact_json(comparison.non_inferior_holm);
  }
  return json;
}

}  // namespace

std::string seeds_json(std::span<const Row> rows, const SeedsTableOptions& options) {
  const std::vector<ColumnOf<Row>> catalogue = seeds_columns(rows, options.last);
  const std::span<const ColumnOf<Row>> all(catalogue);
  std::string list = options.columns;
  if (list.empty()) {
    list = "variant,method,measure,pause,grow,n,seeds,after_epochs,last_epochs";
    for (const QuantityText& text : kQuantityTexts) list += std::string(",") + text.name;
  }
  const auto chosen = chosen_columns(columns_of(all), list, kAndMeans);
  const std::vector<const Setting*> varying = varying_settings(rows);
  Json document = {{"table", "mean"}, {"rows", Json::array()}};
  for (const Row& row : rows) {
    Json& json = document["rows"].emplace_back(Json::object());
    for (const std::size_t c : chosen) json[catalogue[c].column.name] = value_of(row, catalogue[c]);
    if (options.columns.empty()) json["settings"] = settings_of(row, varying, all);
    if (options.paper) json["paper"] = paper_of(row);
  }
  if (options.margin) document["margin_points"] = *options.margin;
  document["comparisons"] = Json::array();
  for (const Comparison& each : compare_all(rows, options.baseline, options.margin)) {
    document["comparisons"].push_back(comparison_json(each, rows, options.margin.has_value()));
  }
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace regrow

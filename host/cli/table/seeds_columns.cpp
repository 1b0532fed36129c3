// The columns that a table over seeds can have.
#include "cli/table/seeds_columns.h"

#include <fmt/format.h>

#include "cli/table/report_section.h"
#include "cli/table/row_label.h"
#include "cli/table/setting_values.h"

namespace regrow {
namespace {

void add_quantity(std::vector<ColumnOf<Row>>& columns, const QuantityText& text) {
  const auto mean = [&text](const Row& row) {
    const Moments of = row.of(text.quantity);
    return of.n == 0 ? Value() : number(of.mean, text.digits, text.scale);
  };
  const auto deviation = [&text](const Row& row) {
    const Moments of = row.of(text.quantity);
    return of.standard_deviation ? number(*of.standard_deviation, text.digits, text.scale)
                                 : Value();
  };
  const std::string name = text.name, heading = text.heading;
  columns.push_back({{.name = name, .heading = heading}, [=, &text](const Row& row) {
                       Value both = mean(row);
                       both.text = mean_cell(row.of(text.quantity), text);
                       return both;
                     }});
  columns.push_back(
      {{.name = name + "_mean", .heading = heading + " mean", .is_listed = false}, mean});
  columns.push_back(
      {{.name = name + "_sd", .heading = heading + " sd", .is_listed = false}, deviation});
}

}  // namespace

std::vector<ColumnOf<Row>> seeds_columns(std::span<const Row> rows, std::uint32_t last) {
  std::vector<ColumnOf<Row>> columns;
  const auto label = [&](const char* name, auto value) {
    columns.push_back({{.name = name, .heading = name, .is_word = true, .rank = kKey},
                       [=](const Row& row) { return word(value(row)); }});
  };
  label("variant", variant_of);
  label("method", [](const Row& row) { return name_of(row.config.method); });
  label("measure", [](const Row& row) {
    return row.config.measure == Measure::kAuto ? "" : name_of(row.config.measure);
  });
  label("pause", [](const Row& row) { return name_of(row.config.pause); });
  columns.push_back({{.name = "grow", .heading = "grow", .is_word = true, .rank = kKey},
                     [rules = rules_of(rows)](const Row& row) {
                       return word(to_text(row.config.grow), rules.of(row.config.grow));
                     }});
  columns.push_back(
      {{.name = "n", .heading = "n"}, [](const Row& row) { return count(row.runs.size()); }});
  columns.push_back({{.name = "seeds", .heading = "seeds", .is_word = true}, [](const Row& row) {
                       std::string seeds;
                       for (const RunResult& run : row.runs) {
                         seeds += fmt::format("{}{}", seeds.empty() ? "" : " ", run.config.seed);
                       }
                       return word(seeds);
                     }});
  columns.push_back({{.name = "after_epochs", .heading = "epochs"}, [](const Row& row) {
                       return count(static_cast<std::uint64_t>(row.config.epochs));
                     }});
  columns.push_back({{.name = "last_epochs", .heading = "last epochs"},
                     [last](const Row&) { return count(last); }});
  for (const QuantityText& text : kQuantityTexts) add_quantity(columns, text);
  add_settings_columns(columns, [](const Row& row) { return &row.config; });
  return columns;
}

}  // namespace regrow

#include "readers/table_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include "base/nearest_name.h"
#include "base/numbers.h"
#include "base/utf8.h"
#include "readers/cell.h"
#include "regrow/error.h"
#include "system/size_text.h"

namespace regrow {
namespace {

constexpr std::array<std::string_view, 4> kUsualLabels = {"label", "class", "target", "y"};
constexpr std::size_t kListedColumns = 12;

using Names = std::vector<std::string>;

bool is_usual_label(std::string_view name) {
  std::string folded(name);
  for (char& letter : folded) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return std::find(kUsualLabels.begin(), kUsualLabels.end(), folded) != kUsualLabels.end();
}

bool is_text(std::string_view field) { return parse_cell(field).kind == CellKind::kText; }

std::optional<std::int64_t> as_index(const std::string& text) {
  std::int64_t index = 0;
  return parse_integer(text, index) ? std::optional(index) : std::nullopt;
}

/// "a, b, c and 5 more".
std::string listed(std::span<const std::string> names) {
  std::vector<std::string> shown;
  for (const std::string& name : names.first(std::min(names.size(), kListedColumns))) {
    shown.push_back(excerpt(name));
  }
  std::string list = fmt::format("{}", fmt::join(shown, ", "));
  if (names.size() > shown.size()) list += fmt::format(" and {} more", names.size() - shown.size());
  return list;
}

std::string columns_of(const TablePlan& plan) {
  if (plan.has_header) return "its columns are " + listed(plan.names);
  return fmt::format("it has no header, and columns 0 to {}", plan.names.size() - 1);
}

bool counts_from_zero(const Names& first) {
  constexpr std::size_t kFewest = 4;  // fewer are that by chance
  if (first.size() < kFewest) return false;
  for (std::size_t column = 0; column < first.size(); ++column) {
    if (first[column] != std::to_string(column)) return false;
  }
  return true;
}

bool are_distinct(const Names& names) {
  std::unordered_set<std::string_view> seen;
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return name.empty() || seen.insert(name).second;
  });
}

bool training_header(const Names& first, const std::vector<ColumnFacts>& facts,
                     const ReadRequest& request) {
  bool names_label = false;
  for (std::size_t column = 0; column < first.size(); ++column) {
    const bool has_numbers = facts[column].text_line == 0;
    if (has_numbers && is_text(first[column])) return true;
    names_label |= might_name_label(first[column], request) && !facts[column].repeats_first;
  }
  return (names_label && are_distinct(first)) || counts_from_zero(first);
}

/// The names of the header, or numbers; throws Error of a header that cannot be one.
void name_columns(TablePlan& plan, const ByteSource& source, const Names& first) {
  std::unordered_set<std::string_view> seen;
  plan.names.reserve(first.size());
  for (std::size_t column = 0; column < first.size(); ++column) {
    const bool has_name = plan.has_header && !first[column].empty();
    plan.names.push_back(has_name ? first[column] : std::to_string(column));
    const std::string& name = plan.names.back();
    if (!is_utf8(name)) {
      source.fail(fmt::format("the name of column {} is not UTF-8", column),
                  "convert the file, for instance with iconv -f LATIN1 -t UTF-8");
    }
    if (!seen.insert(name).second) {
      source.fail(fmt::format("two columns are called '{}'", excerpt(name)),
                  "give each a name of its own");
    }
  }
}

std::optional<std::size_t> named(const TablePlan& plan, const std::string& name) {
  const auto found = std::find(plan.names.begin(), plan.names.end(), name);
  if (!plan.has_header || found == plan.names.end()) return std::nullopt;
  return static_cast<std::size_t>(found - plan.names.begin());
}

/// An index from 0, or from the end, if it is one of a table with so many columns.
std::optional<std::size_t> numbered(const std::string& text, std::size_t columns) {
  std::optional<std::int64_t> index = as_index(text);
  const auto count = static_cast<std::int64_t>(columns);
  if (!index || *index < -count || *index >= count) return std::nullopt;
  return static_cast<std::size_t>(*index < 0 ? *index + count : *index);
}

/// The columns that the header calls as labels are mostly called.
std::vector<std::size_t> usual_labels(const TablePlan& plan) {
  std::vector<std::size_t> usual;
  for (std::size_t column = 0; column < plan.names.size() && plan.has_header; ++column) {
    if (is_usual_label(plan.names[column])) usual.push_back(column);
  }
  return usual;
}

std::size_t training_label(const TablePlan& plan, const ByteSource& source,
                           const ReadRequest& request) {
  const auto fail = [&](const std::string& problem, const std::string& remedy) {
    throw UsageError(
        fmt::format("{}: {}: {}; {}", source.name(), problem, columns_of(plan), remedy));
  };
  if (!request.label.empty()) {
    std::optional<std::size_t> label = named(plan, request.label);
    if (!label) label = numbered(request.label, plan.names.size());
    if (label) return *label;
    fail(fmt::format("there is no column '{}' to predict{}", excerpt(request.label),
                     did_you_mean(request.label, plan.names)),
         "name one of them with --label, or count with --label INDEX from 0, or from -1, the last");
  }
  const std::vector<std::size_t> usual = usual_labels(plan);
  if (usual.size() != 1) {
    fail(usual.empty() ? "which column is to be predicted is not known"
                       : fmt::format("columns '{}' and '{}' may both be what is to be predicted",
                                     plan.names[usual[0]], plan.names[usual[1]]),
         "say it with --label NAME or --label INDEX (-1: the last)");
  }
  return usual.front();
}

/// Whether a column has text, be it in the first record, where that is no header.
bool has_text(const TablePlan& plan, std::size_t column, const Names& first,
              const std::vector<ColumnFacts>& facts) {
  return facts[column].text_line != 0 || (!plan.has_header && is_text(first[column]));
}

void note_odd_header(TablePlan& plan, const ByteSource& source, const Names& first) {
  if (!plan.has_header) return;
  const auto number = std::find_if(first.begin(), first.end(), [](const std::string& field) {
    return parse_cell(field).kind == CellKind::kNumber;
  });
  if (number != first.end()) {
    plan.notes.push_back(
        fmt::format("{}: the first line is read as a header, though it has the number {}",
                    source.name(), excerpt(*number)));
  }
  if (first.front().empty()) {
    plan.notes.push_back(source.name() +
                         ": the first column has no name; if it counts the rows, as pandas writes "
                         "them unless index=False, take it out");
  }
}

/// What the network that is to read a table had.
struct KnownTable {
  const DataSchema& schema;
  std::vector<DataColumn> columns;  // those of the schema, or as many numbers as there are inputs
  bool has_names = false;           // of a header
};

KnownTable known_table(const ByteSource& source, const TrainedOn& known) {
  if (known.schema.is_image) {
    source.fail("is a table, and the network was trained on images", "give images, or an array");
  }
  KnownTable table{.schema = known.schema, .columns = known.schema.columns};
  std::size_t inputs = 0;
  for (const DataColumn& column : table.columns) {
    inputs += std::max<std::size_t>(column.categories.size(), 1);
  }
  if (!table.columns.empty() && inputs != known.shape.features()) {
    source.fail(fmt::format("is to be read for a network of {} inputs whose columns have {}",
                            known.shape.features(), inputs),
                "use a checkpoint that has not been changed");
  }
  table.has_names =
      std::any_of(table.columns.begin(), table.columns.end(),
                  [](const DataColumn& column) { return !as_index(column.name).has_value(); });
  if (table.columns.empty()) {
    inputs = known.shape.features();
    if (inputs > kMostColumns) {
      source.fail(fmt::format("the network has {} inputs, more than a table can have columns",
                              grouped(inputs)),
                  "give them as a LIBSVM file or an array");
    }
    for (std::size_t i = 0; i < inputs; ++i) table.columns.push_back({.name = std::to_string(i)});
  }
  return table;
}

/// Which of the file's columns is the label, of one whose columns are found by their places.
std::optional<std::size_t> placed_label(const TablePlan& plan, const ByteSource& source,
                                        const KnownTable& known, const ReadRequest& request) {
  const std::size_t columns = plan.names.size(), inputs = known.columns.size();
  if (columns == inputs) return std::nullopt;
  if (columns != inputs + 1) {
    source.fail(fmt::format("has {} columns, and the network was trained on {}", columns, inputs),
                known.has_names
                    ? "give it the header that the training data had, or the same columns"
                    : "give the same columns, with the label or without");
  }
  std::optional<std::size_t> label = named(plan, request.label);
  if (!label) label = numbered(request.label, columns);
  // Where there was no header, the label's name is its number.
  if (!label && !known.has_names) label = numbered(known.schema.label, columns);
  if (!label && request.label.empty()) {
    if (const auto usual = usual_labels(plan); usual.size() == 1) label = usual.front();
  }
  if (!label) {
    source.fail("has one column more than the network has inputs: " + columns_of(plan),
                plan.has_header
                    ? "say with --label NAME or --label INDEX which is the label (-1: the last)"
                    : "say with --label INDEX which column is the label (-1: the last)");
  }
  return label;
}

/// Whether the first record may be one of samples, its columns taken in order.
bool fits_by_place(const KnownTable& known, const Names& first, const ReadRequest& request) {
  const std::size_t inputs = known.columns.size();
  std::optional<std::size_t> label;
  if (first.size() == inputs + 1) {
    label = numbered(request.label, first.size());
    if (!label && !known.has_names) label = numbered(known.schema.label, first.size());
    if (!label) return false;
  } else if (first.size() != inputs) {
    return false;
  }
  for (std::size_t column = 0, input = 0; column < first.size(); ++column) {
    if (column == label) continue;
    if (known.columns[input++].categories.empty() && is_text(first[column])) return false;
  }
  return true;
}

bool unseen_header(const KnownTable& known, const Names& first, const ReadRequest& request) {
  if (known.has_names) {
    const std::unordered_set<std::string_view> fields(first.begin(), first.end());
    const auto found = static_cast<std::size_t>(
        std::count_if(known.columns.begin(), known.columns.end(),
                      [&](const DataColumn& column) { return fields.contains(column.name); }));
    if (2 * found >= known.columns.size()) return true;
  } else if (counts_from_zero(first)) {
    return true;
  }
  return !fits_by_place(known, first, request) && std::any_of(first.begin(), first.end(), is_text);
}

ColumnRole input_role(const DataColumn& column) {
  return column.categories.empty() ? ColumnRole::kNumber : ColumnRole::kCategory;
}

std::optional<std::size_t> match_names(TablePlan& plan, const ByteSource& source,
                                       const KnownTable& known, const ReadRequest& request) {
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < plan.names.size(); ++i) places.emplace(plan.names[i], i);
  for (std::size_t input = 0; input < known.columns.size(); ++input) {
    const DataColumn& column = known.columns[input];
    const auto place = places.find(column.name);
    if (place == places.end()) {
      source.fail(fmt::format("lacks the column '{}', which the network was trained on",
                              excerpt(column.name)),
                  "add it; " + columns_of(plan));
    }
    plan.roles[place->second] = input_role(column);
    plan.inputs[place->second] = static_cast<std::uint32_t>(input);
  }
  std::optional<std::size_t> label;
  // A label that is asked for now goes before the one of the training data.
  for (const std::string& name : {request.label, known.schema.label}) {
    if (!label && !name.empty()) label = named(plan, name);
    if (label && plan.roles[*label] != ColumnRole::kIgnored) label.reset();
  }
  std::vector<std::string> ignored;
  for (std::size_t i = 0; i < plan.names.size(); ++i) {
    if (plan.roles[i] == ColumnRole::kIgnored && i != label) ignored.push_back(plan.names[i]);
  }
  if (!ignored.empty()) {
    plan.notes.push_back(fmt::format("{}: left out, since the network was not trained on {}: {}",
                                     source.name(), ignored.size() == 1 ? "it" : "them",
                                     listed(ignored)));
  }
  return label;
}

std::optional<std::size_t> match_places(TablePlan& plan, const ByteSource& source,
                                        const KnownTable& known, const ReadRequest& request) {
  const std::optional<std::size_t> label = placed_label(plan, source, known, request);
  std::uint32_t input = 0;
  for (std::size_t column = 0; column < plan.names.size(); ++column) {
    if (column == label) continue;
    plan.roles[column] = input_role(known.columns[input]);
    plan.inputs[column] = input++;
  }
  if (known.has_names != plan.has_header) {
    plan.notes.push_back(fmt::format("{}: {}; its columns are taken in their order", source.name(),
                                     known.has_names
                                         ? "has no header, as the training data had"
                                         : "has a header, which the training data had not"));
  }
  return label;
}

}  // namespace

bool might_name_label(std::string_view first_value, const ReadRequest& request) {
  return is_usual_label(first_value) ||
         (!request.label.empty() && first_value == request.label && !as_index(request.label));
}

TablePlan plan_training(const ByteSource& source, const Names& first,
                        const std::vector<ColumnFacts>& facts, const ReadRequest& request) {
  TablePlan plan{.has_header = training_header(first, facts, request)};
  plan.roles.resize(first.size());
  plan.inputs.resize(first.size());
  name_columns(plan, source, first);
  if (first.size() < 2) {
    source.fail("has only one column",
                "give a label and features, separated by commas, semicolons or tabs");
  }
  const std::size_t label = training_label(plan, source, request);
  std::uint32_t input = 0;
  for (std::size_t column = 0; column < first.size(); ++column) {
    const bool text = has_text(plan, column, first, facts);
    if (column == label) {
      plan.roles[column] = text ? ColumnRole::kLabelText : ColumnRole::kLabelNumber;
    } else {
      plan.roles[column] = text ? ColumnRole::kCategory : ColumnRole::kNumber;
      plan.inputs[column] = input++;
    }
  }
  note_odd_header(plan, source, first);
  return plan;
}

TablePlan plan_unseen(const ByteSource& source, const Names& first,
                      const std::vector<ColumnFacts>& facts, const ReadRequest& request) {
  const KnownTable known = known_table(source, *request.known);
  TablePlan plan{.has_header = unseen_header(known, first, request)};
  plan.roles.resize(first.size(), ColumnRole::kIgnored);
  plan.inputs.resize(first.size());
  name_columns(plan, source, first);
  const std::optional<std::size_t> label = plan.has_header && known.has_names
                                               ? match_names(plan, source, known, request)
                                               : match_places(plan, source, known, request);
  if (!label) {
    if (request.labels == LabelsWanted::kRequired) {
      source.fail(
          known.schema.label.empty() || as_index(known.schema.label)
              ? "has no labels"
              : fmt::format("lacks the label, the column '{}'", excerpt(known.schema.label)),
          "add it");
    }
    return plan;
  }
  // Classes that had names have them here, even where all that there are here look like numbers.
  const std::vector<std::string>& classes = request.known->class_names;
  const bool had_names =
      !request.known->has_targets && std::any_of(classes.begin(), classes.end(), is_text);
  plan.roles[*label] = had_names || has_text(plan, *label, first, facts) ? ColumnRole::kLabelText
                                                                         : ColumnRole::kLabelNumber;
  return plan;
}

std::string column_text(const TablePlan& plan, std::size_t column) {
  return plan.has_header ? fmt::format("column '{}'", excerpt(plan.names[column]))
                         : fmt::format("column {}", column);
}

}  // namespace regrow

// Tables of values, exact for programs and rounded for people, whose columns are chosen and whose
// rows are sorted by name.
#include "cli/table/data_table.h"

#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <type_traits>
#include <utility>

#include "base/nearest_name.h"
#include "regrow/error.h"

namespace regrow {
namespace {

/// Without its unit: "time" of "time (s)".
std::string as_name(std::string text) {
  text.erase(std::min(text.find(" ("), text.size()));
  for (char& c : text) {
    const bool is_gap = c == '-' || c == ' ';
    c = is_gap ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return text;
}

std::vector<std::string> listed(const std::string& list) {
  std::vector<std::string> names;
  std::istringstream stream(list);
  for (std::string name; std::getline(stream, name, ',');) {
    const std::size_t first = name.find_first_not_of(' ');
    if (first == std::string::npos) continue;
    names.push_back(name.substr(first, name.find_last_not_of(' ') + 1 - first));
  }
  if (names.empty() && !list.empty()) {
    throw UsageError(fmt::format("regrow table: '{}' names no column; give names by commas", list));
  }
  return names;
}

[[noreturn]] void refuse(std::span<const Column> columns, const std::string& wrong,
                         const std::string& and_more) {
  std::vector<std::string> names;
  std::string list;
  for (const Column& column : columns) {
    names.push_back(column.name);
    if (column.is_listed) list += (list.empty() ? "" : ", ") + column.name;
  }
  throw UsageError(fmt::format("regrow table: there is no column '{}'{}; there are {}{}", wrong,
                               did_you_mean(wrong, names), list, and_more));
}

std::size_t column_named(std::span<const Column> columns, const std::string& text,
                         const std::string& and_more) {
  const std::string name = as_name(text);
  for (const auto member : {&Column::name, &Column::csv, &Column::heading}) {
    const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& column) {
      return !(column.*member).empty() && as_name(column.*member) == name;
    });
    if (found != columns.end()) return static_cast<std::size_t>(found - columns.begin());
  }
  refuse(columns, text, and_more);
}

}  // namespace

std::string Value::csv() const {
  switch (exact.index()) {
    case 1:
      return std::get<1>(exact);
    case 2:
      return std::to_string(std::get<2>(exact));
    case 3:
      return fmt::format("{}", std::get<3>(exact));
    case 4:
      return std::get<4>(exact) ? "true" : "false";
    default:
      return "";
  }
}

Value word(std::string exact) {
  std::string text = exact;
  return word(std::move(exact), std::move(text));
}

Value word(std::string exact, std::string text) {
  if (exact.empty()) return {};
  return {std::move(exact), std::move(text)};
}

Value count(std::uint64_t exact) { return count(exact, std::to_string(exact)); }

Value count(std::uint64_t exact, std::string text) { return {exact, std::move(text)}; }

Value number(double exact, int digits, double scale) {
  if (!std::isfinite(exact)) return {};
  return {exact, fmt::format("{:.{}f}", exact * scale, digits)};
}

Value truth(bool exact) { return {exact, exact ? "yes" : "no"}; }

nlohmann::ordered_json to_json(const Value& value) {
  return std::visit(
      [](const auto& exact) -> nlohmann::ordered_json {
        if constexpr (std::is_same_v<std::decay_t<decltype(exact)>, std::monostate>) {
          return nullptr;
        } else {
          return exact;
        }
      },
      value.exact);
}

std::vector<std::size_t> chosen_columns(std::span<const Column> columns, const std::string& list,
                                        const std::string& and_more) {
  std::vector<std::size_t> chosen;
  for (const std::string& name : listed(list)) {
    const std::size_t column = column_named(columns, name, and_more);
    if (std::find(chosen.begin(), chosen.end(), column) != chosen.end()) {
      throw UsageError(fmt::format("regrow table: column '{}' is chosen twice", name));
    }
    chosen.push_back(column);
  }
  return chosen;
}

std::vector<SortKey> sort_keys(std::span<const Column> columns, const std::string& list,
                               const std::string& and_more) {
  std::vector<SortKey> keys;
  for (const std::string& name : listed(list)) {
    const bool descends = name.starts_with('-');
    keys.push_back({column_named(columns, name.substr(descends ? 1 : 0), and_more), descends});
  }
  return keys;
}

bool stands_before(const Value& a, const Value& b, bool descends) {
  if (a.is_none() || b.is_none()) return !a.is_none() && b.is_none();
  return descends ? b.exact < a.exact : a.exact < b.exact;
}

TextTable for_people(const DataTable& table) {
  TextTable text;
  for (const Column& column : table.columns) {
    text.header.push_back(column.heading);
    text.are_words.push_back(column.is_word);
    text.ranks.push_back(column.rank);
  }
  for (const auto& row : table.rows) {
    auto& cells = text.rows.emplace_back();
    for (const Value& value : row) cells.push_back(value.text);
  }
  return text;
}

std::string as_csv(const DataTable& table) {
  TextTable text;
  for (const Column& column : table.columns) text.header.push_back(column.csv_name());
  for (const auto& row : table.rows) {
    auto& cells = text.rows.emplace_back();
    for (const Value& value : row) cells.push_back(value.csv());
  }
  return as_csv(text);
}

nlohmann::ordered_json to_json(const DataTable& table) {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& row : table.rows) {
    auto& object = rows.emplace_back(nlohmann::ordered_json::object());
    for (std::size_t c = 0; c < row.size(); ++c) {
      object[table.columns[c].name] = to_json(row[c]);
    }
  }
  return rows;
}

std::string take_out_common(DataTable& table, std::span<const std::size_t> skipped) {
  const std::set<std::size_t> left_out(skipped.begin(), skipped.end());
  std::vector<std::size_t> counted;
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    if (!left_out.contains(r)) counted.push_back(r);
  }
  if (counted.empty()) return "";
  std::string common;
  for (std::size_t c = table.columns.size(); c-- > 0;) {
    const std::string& text = table.rows[counted.front()][c].text;
    const bool is_common = table.columns[c].may_be_common &&
                           std::all_of(counted.begin(), counted.end(), [&](std::size_t r) {
                             return table.rows[r][c].text == text;
                           });
    if (!is_common) continue;
    if (text != kNothing) {
      // From the last column on, so that the first one comes first.
      if (!common.empty()) common.insert(0, ", ");
      common.insert(0, fmt::format("{} {}", table.columns[c].heading, text));
    }
    const auto place = static_cast<std::ptrdiff_t>(c);
    table.columns.erase(table.columns.begin() + place);
    for (auto& row : table.rows) row.erase(row.begin() + place);
  }
  return common;
}

}  // namespace regrow

// Tables of values, exact for programs and rounded for people, whose columns are chosen and whose
// rows are sorted by name.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "cli/table/fitted_table.h"
#include "cli/table/text_table.h"

namespace regrow {

inline constexpr const char* kNothing = "-";  // for people

struct Value {
  std::variant<std::monostate, std::string, std::uint64_t, double, bool> exact;  // the first: none
  std::string text = kNothing;                                                   // for people

  bool is_none() const { return exact.index() == 0; }
  std::string csv() const;
};

/// None where it is empty. `text`: where people are told something else.
Value word(std::string exact);
Value word(std::string exact, std::string text);
Value count(std::uint64_t exact);
Value count(std::uint64_t exact, std::string text);
/// None where it is not finite.
Value number(double exact, int digits, double scale = 1);
Value truth(bool exact);

nlohmann::ordered_json to_json(const Value& value);

struct Column {
  std::string name;     // snake_case
  std::string heading;  // for people
  bool is_word = false;
  int rank = kNeeded;
  std::string csv{};  // the name in CSV, where that is another one
  /// Where all rows have the same, it is said once above the table.
  bool may_be_common = false;
  bool is_listed = true;  // where an error lists all names

  const std::string& csv_name() const { return csv.empty() ? name : csv; }
};

/// The columns that a list, "accuracy,loss", names by name, CSV's name or heading, in its order.
/// Throws UsageError on one that there is not, or that is there twice. `and_more`: what the error's
/// list of names ends with.
std::vector<std::size_t> chosen_columns(std::span<const Column> columns, const std::string& list,
                                        const std::string& and_more);

struct SortKey {
  std::size_t column = 0;
  bool descends = false;
};
/// "method,-accuracy": by method, and where that is the same, by accuracy from the highest.
std::vector<SortKey> sort_keys(std::span<const Column> columns, const std::string& list,
                               const std::string& and_more);

/// Whether a row with `a` in the column stands before one with `b`: none stands last either way.
bool stands_before(const Value& a, const Value& b, bool descends);

struct DataTable {
  std::vector<Column> columns;
  std::vector<std::vector<Value>> rows;  // [rows][columns]
};

TextTable for_people(const DataTable& table);
std::string as_csv(const DataTable& table);
/// A list of objects.
nlohmann::ordered_json to_json(const DataTable& table);

/// Takes out the columns that may be common and are, and says what they hold: "method set, seed 0".
/// `skipped`: rows that do not count. Nothing is taken out of a table without rows.
std::string take_out_common(DataTable& table, std::span<const std::size_t> skipped);

/// A column of tables whose rows are made of Subjects.
template <typename Subject>
struct ColumnOf {
  Column column;
  std::function<Value(const Subject&)> value;
};

template <typename Subject>
std::vector<Column> columns_of(std::span<const ColumnOf<Subject>> catalogue) {
  std::vector<Column> columns;
  for (const auto& each : catalogue) columns.push_back(each.column);
  return columns;
}

template <typename Subject>
DataTable table_of(std::span<const ColumnOf<Subject>> catalogue,
                   std::span<const std::size_t> chosen, std::span<const Subject> subjects) {
  DataTable table;
  for (const std::size_t c : chosen) table.columns.push_back(catalogue[c].column);
  for (const Subject& subject : subjects) {
    std::vector<Value>& row = table.rows.emplace_back();
    for (const std::size_t c : chosen) row.push_back(catalogue[c].value(subject));
  }
  return table;
}

/// In place and stably; the last key counts least.
template <typename Subject>
void sort_by(std::vector<Subject>& subjects, std::span<const ColumnOf<Subject>> catalogue,
             std::span<const SortKey> keys) {
  for (std::size_t k = keys.size(); k-- > 0;) {
    const SortKey& key = keys[k];
    const auto& value = catalogue[key.column].value;
    std::stable_sort(subjects.begin(), subjects.end(), [&](const Subject& a, const Subject& b) {
      return stands_before(value(a), value(b), key.descends);
    });
  }
}

}  // namespace regrow

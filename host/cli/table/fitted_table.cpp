// A table for people that fits a terminal: narrower where it must be.
#include "cli/table/fitted_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "cli/terminal/text_layout.h"

namespace regrow {
namespace {

constexpr std::size_t kGap = 2;  // between columns, as in as_text()

std::size_t width_of_column(const TextTable& table, std::size_t c) {
  std::size_t width = display_width(table.header[c]);
  for (const auto& row : table.rows) width = std::max(width, display_width(row[c]));
  return width;
}

std::vector<std::size_t> all_columns(const TextTable& table) {
  std::vector<std::size_t> all(table.header.size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::size_t width_of(const TextTable& table, const std::vector<std::size_t>& columns) {
  std::size_t width = 0;
  for (const std::size_t c : columns) {
    width += (width == 0 ? 0 : kGap) + width_of_column(table, c);
  }
  return width;
}

TextTable part_of(const TextTable& table, const std::vector<std::size_t>& columns) {
  TextTable part;
  part.rows.resize(table.rows.size());
  for (const std::size_t c : columns) {
    part.header.push_back(table.header[c]);
    part.are_words.push_back(table.is_word(c));
    part.ranks.push_back(table.ranks[c]);
    for (std::size_t r = 0; r < table.rows.size(); ++r) part.rows[r].push_back(table.rows[r][c]);
  }
  return part;
}

std::vector<std::size_t> keys_of(const TextTable& table) {
  std::vector<std::size_t> keys = all_columns(table);
  std::erase_if(keys, [&](std::size_t c) { return table.ranks[c] != kKey; });
  return keys;
}

/// Without the column of the highest rank above kNeeded, the last of equals; false where there is
/// none.
bool leave_one_out(TextTable& table, std::vector<std::string>& left_out) {
  std::size_t least = 0;
  for (std::size_t c = 1; c < table.ranks.size(); ++c) {
    if (table.ranks[c] >= table.ranks[least]) least = c;
  }
  if (table.ranks[least] <= kNeeded) return false;
  left_out.insert(left_out.begin(), table.header[least]);
  std::vector<std::size_t> kept = all_columns(table);
  kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(least));
  table = part_of(table, kept);
  return true;
}

/// Numbers in place of the keys; adds what each stands for.
TextTable numbered(const TextTable& table, std::vector<std::string>& legend) {
  const std::vector<std::size_t> keys = keys_of(table);
  std::vector<std::size_t> others = all_columns(table);
  std::erase_if(others, [&](std::size_t c) { return table.ranks[c] == kKey; });
  TextTable with_numbers = part_of(table, others);
  with_numbers.header.insert(with_numbers.header.begin(), "#");
  with_numbers.are_words.insert(with_numbers.are_words.begin(), false);
  with_numbers.ranks.insert(with_numbers.ranks.begin(), kKey);
  std::map<std::vector<std::string>, std::size_t> numbers;
  for (std::size_t r = 0; r < table.rows.size(); ++r) {
    std::vector<std::string> names;
    names.reserve(keys.size());
    for (const std::size_t key : keys) names.push_back(table.rows[r][key]);
    const auto [named, is_new] = numbers.try_emplace(names, numbers.size() + 1);
    const std::string number = std::to_string(named->second);
    if (is_new) {
      std::string line;
      for (std::size_t k = 0; k < keys.size(); ++k) {
        if (names[k] == "-") continue;
        line += fmt::format("{}{} {}", line.empty() ? "" : ", ", table.header[keys[k]], names[k]);
      }
      legend.push_back(fmt::format("# {}: {}", number, line));
    }
    with_numbers.rows[r].insert(with_numbers.rows[r].begin(), number);
  }
  return with_numbers;
}

/// Parts, one below the other, each with the keys.
std::string in_parts(const TextTable& table, std::size_t width) {
  const std::vector<std::size_t> keys = keys_of(table);
  std::string text;
  std::vector<std::size_t> part = keys;
  const auto end_part = [&] {
    text += (text.empty() ? "" : "\n") + as_text(part_of(table, part));
    part = keys;
  };
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    if (table.ranks[c] == kKey) continue;
    std::vector<std::size_t> group = {c};
    while (c + 1 < table.header.size() && table.ranks[c + 1] == kWithLast) group.push_back(++c);
    std::vector<std::size_t> longer = part;
    longer.insert(longer.end(), group.begin(), group.end());
    if (width_of(table, longer) > width && part.size() > keys.size()) {
      end_part();
      longer = part;
      longer.insert(longer.end(), group.begin(), group.end());
    }
    part = std::move(longer);
  }
  end_part();
  return text;
}

}  // namespace

FittedTable fitted(TextTable table, std::optional<std::size_t> columns) {
  const auto fits = [&] { return !columns || width_of(table, all_columns(table)) <= *columns; };
  if (fits()) return {as_text(table), {}, {}};
  if (table.ranks.empty()) {
    table.ranks.assign(table.header.size(), kNeeded);
    table.ranks.front() = kKey;
  }
  FittedTable result;
  std::vector<std::string>& left_out = result.left_out;
  while (!fits() && leave_one_out(table, left_out)) {
  }
  if (!fits() && width_of(table, keys_of(table)) > *columns / 2) {
    table = numbered(table, result.notes);
  }
  result.text = in_parts(table, *columns);
  if (!left_out.empty()) {
    std::string names;
    for (const std::string& name : left_out) names += (names.empty() ? "" : ", ") + name;
    result.notes.push_back(fmt::format("No room for: {}; --columns shows them.", names));
  }
  return result;
}

std::string with_last_wrapped(const TextTable& table, std::optional<std::size_t> columns) {
  constexpr std::size_t kNarrowest = 20;
  std::vector<std::size_t> others = all_columns(table);
  const std::size_t last = others.back();
  others.pop_back();
  const std::size_t before = width_of(table, others) + kGap;
  if (!columns || before + kNarrowest > *columns) return as_text(table);
  TextTable lines = table;
  lines.rows.clear();
  for (const auto& row : table.rows) {
    auto cells = row;
    for (const std::string& line : wrapped(row[last], *columns - before)) {
      cells[last] = line;
      lines.rows.push_back(std::exchange(cells, std::vector<std::string>(row.size())));
    }
  }
  return as_text(lines);
}

}  // namespace regrow

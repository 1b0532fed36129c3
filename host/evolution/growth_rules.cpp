// Where to grow, as a table: a row gives each number of active neighbours, 0 to 8, its rank; cells
// are taken by falling rank. A new rule is a new row; options and tests walk the table. And rules
// written out as text, which need no row.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "base/numbers.h"
#include "base/utf8.h"
#include "regrow/evolution/growth_rule.h"

namespace regrow {
namespace {

constexpr std::int8_t kNever = GrowthRule::kNotEligible;
constexpr std::int64_t kHighestRank = std::numeric_limits<std::int8_t>::max();
constexpr std::string_view kInMask = "ranks:";
constexpr std::string_view kInImage = "pixel_ranks:";
constexpr std::string_view kNeverWord = "never";
constexpr std::size_t kMostNameCharacters = 40;

// most_neighbours leaves cells without a neighbour to the random fill: among equals that is the
// same law as a last class of rank 0, stays random when ties go by index (which would pile such
// cells up in the first rows), and the report then says how many there were.
std::vector<GrowthRule> make_rules() {
  return {
      {"random", {0, 0, 0, 0, 0, 0, 0, 0, 0}},
      {"one_neighbour", {kNever, 0, 0, 0, 0, 0, 0, 0, 0}},
      {"most_neighbours", {kNever, 1, 2, 3, 4, 5, 6, 7, 8}},
      {"pixel_neighbour", {kNever, 0, 0, 0, 0, 0, 0, 0, 0}, true},
      {.name = "gradient", .rank_of_count = {}, .by_gradient = true},
  };
}

const GrowthRule* find_rule(std::string_view name) {
  for (const GrowthRule& rule : growth_rules()) {
    if (rule.name == name) return &rule;
  }
  return nullptr;
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    words.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) words.emplace_back();
  }
  return words;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_name_character(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// "1", "1 or 2", "0 or 3 to 8": of ascending numbers.
std::string numbers_in_words(const std::vector<std::size_t>& numbers) {
  std::vector<std::string> words;
  for (std::size_t first = 0; first < numbers.size();) {
    std::size_t last = first;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    // Of two in a row each is named.
    words.push_back(last < first + 2 ? std::to_string(numbers[first])
                                     : fmt::format("{} to {}", numbers[first], numbers[last]));
    first = last < first + 2 ? first + 1 : last + 1;
  }
  return fmt::format("{}", fmt::join(words, " or "));
}

/// Fills rank_of_count; what is wrong with the words, or "".
std::string read_ranks(const std::vector<std::string>& words, GrowthRule& rule) {
  if (words.size() != rule.rank_of_count.size()) {
    return fmt::format("has {} rank{}, but there are {}: of cells with 0, 1, … 8 active neighbours",
                       words.size(), words.size() == 1 ? "" : "s", rule.rank_of_count.size());
  }
  for (std::size_t i = 0; i < words.size(); ++i) {
    auto rank = std::int64_t{kNever};
    if (words[i] != kNeverWord &&
        (!parse_integer(words[i], rank) || rank < 0 || rank > kHighestRank)) {
      return fmt::format("rank '{}' is neither a whole number from 0 to {} nor {}",
                         excerpt(words[i]), kHighestRank, kNeverWord);
    }
    rule.rank_of_count[i] = static_cast<std::int8_t>(rank);
  }
  const auto is_never = [](std::int8_t rank) { return rank == kNever; };
  if (std::all_of(rule.rank_of_count.begin(), rule.rank_of_count.end(), is_never)) {
    return "no cell could ever grow: every rank is never";
  }
  return "";
}

/// Fills `rule`; what is wrong with the text, or "".
std::string read_rule(std::string_view text, GrowthRule& rule) {
  if (const std::size_t equals = text.find('='); equals != std::string_view::npos) {
    rule.name = text.substr(0, equals);
    if (std::string fault = fault_of_rule_name(rule.name); !fault.empty()) return fault;
    text.remove_prefix(equals + 1);
  }
  rule.in_image = text.starts_with(kInImage);
  const std::string_view form = rule.in_image ? kInImage : kInMask;
  if (!text.starts_with(form)) return "no rule has that name or form";
  return read_ranks(split_at_commas(text.substr(form.size())), rule);
}

}  // namespace

std::span<const GrowthRule> growth_rules() {
  static const std::vector<GrowthRule> rules = make_rules();
  return rules;
}

std::string fault_of_rule_name(const std::string& name) {
  if (find_rule(name) != nullptr) {
    return fmt::format("'{}' is a rule that there is already; give it another name", name);
  }
  if (name.empty() || !is_letter(name.front()) || name.size() > kMostNameCharacters ||
      !std::all_of(name.begin(), name.end(), is_name_character)) {
    return fmt::format(
        "name '{}' is not a letter and up to {} more letters, digits, underscores and hyphens",
        excerpt(name), kMostNameCharacters - 1);
  }
  return "";
}

std::optional<GrowthRule> parse_growth_rule(const std::string& text, std::string* fault) {
  if (const GrowthRule* row = find_rule(text)) return *row;
  GrowthRule rule;
  const std::string found = read_rule(text, rule);
  if (found.empty()) return rule;
  if (fault != nullptr) *fault = found;
  return std::nullopt;
}

std::string to_text(const GrowthRule& rule) {
  if (const GrowthRule* row = find_rule(rule.name); row != nullptr && *row == rule) {
    return rule.name;
  }
  std::vector<std::string> ranks;
  for (const std::int8_t rank : rule.rank_of_count) {
    ranks.push_back(rank == kNever ? std::string(kNeverWord) : std::to_string(rank));
  }
  return fmt::format("{}{}{}{}", rule.name, rule.name.empty() ? "" : "=",
                     rule.in_image ? kInImage : kInMask, fmt::join(ranks, ","));
}

std::string short_text(const GrowthRule& rule) {
  return rule.name.empty() ? to_text(rule) : rule.name;
}

std::string in_words(const GrowthRule& rule) {
  if (rule.by_gradient) return "inactive cells, those of the largest |gradient| of a batch first";
  if (rule.ignores_neighbours()) return "any inactive cells";
  std::map<std::int8_t, std::vector<std::size_t>, std::greater<>> counts_of_rank;
  for (std::size_t count = 0; count < rule.rank_of_count.size(); ++count) {
    counts_of_rank[rule.rank_of_count[count]].push_back(count);
  }
  std::string words;
  for (const auto& [rank, counts] : counts_of_rank) {
    const std::string numbers = numbers_in_words(counts);
    if (rank == kNever) {
      words += fmt::format("; {} only for want of these", numbers);
    } else if (words.empty()) {
      words = fmt::format("cells with {} active neighbours", numbers);
    } else {
      words += fmt::format(", then {}", numbers);
    }
  }
  return words + (rule.in_image ? "; of the first layer, neighbours in the image" : "");
}

}  // namespace regrow

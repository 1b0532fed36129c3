// How a row of runs is called.
#include "cli/table/row_label.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

namespace regrow {
namespace {

constexpr const char* kVariant = "variant";

template <typename Value>
bool all_alike(std::span<const Row> rows, const Value& value) {
  return std::all_of(rows.begin(), rows.end(),
                     [&](const Row& row) { return value(row) == value(rows.front()); });
}

/// Whether rows of the same variant have the same value.
template <typename Value>
bool follows_from_variant(std::span<const Row> rows, const Value& value) {
  std::unordered_map<std::string, std::string> values;
  return std::all_of(rows.begin(), rows.end(), [&](const Row& row) {
    const std::string of_row = value(row);
    return values.try_emplace(variant_of(row), of_row).first->second == of_row;
  });
}

}  // namespace

std::string variant_of(const Row& row) {
  const std::string& first = row.runs.front().variant;
  const bool is_of_all = std::all_of(row.runs.begin(), row.runs.end(),
                                     [&](const RunResult& run) { return run.variant == first; });
  return is_of_all ? first : "";
}

RuleNames rules_of(std::span<const Row> rows) {
  std::vector<const Config*> configs;
  for (const Row& row : rows) configs.push_back(&row.config);
  return RuleNames(configs);
}

RowLabels::RowLabels(std::span<const Row> rows, Style style) : rules_(rules_of(rows)) {
  const auto has_variant = [](const Row& row) { return !variant_of(row).empty(); };
  if (std::any_of(rows.begin(), rows.end(), has_variant)) {
    labels_.push_back({kVariant, variant_of});
  }
  const auto add = [&](const char* name, auto value) {
    labels_.push_back({name, [=](const Row& row) { return std::string(value(row.config)); }});
  };
  add("method", [](const Config& config) { return name_of(config.method); });
  add("measure", [](const Config& config) {
    return config.measure == Measure::kAuto ? "" : name_of(config.measure);
  });
  add("pause", [](const Config& config) { return name_of(config.pause); });
  add("grow", [rules = rules_](const Config& config) { return rules.of(config.grow); });
  for (const Setting* setting : varying_settings(rows)) {
    labels_.push_back(
        {setting->key, [=](const Row& row) { return setting->to_string(row.config); }});
  }
  short_labels_ = labels_;
  if (style == Style::kApart) {
    leave_out_common(rows);
  } else {
    std::erase_if(short_labels_, [](const Label& label) { return label.name == kVariant; });
  }
}

void RowLabels::leave_out_common(std::span<const Row> rows) {
  std::vector<Label> apart;
  for (const Label& label : labels_) {
    if (!all_alike(rows, label.value)) apart.push_back(label);
  }
  if (apart.empty()) apart.push_back(labels_.front());
  for (const Label& label : labels_) {
    const bool is_apart = std::any_of(apart.begin(), apart.end(),
                                      [&](const Label& each) { return each.name == label.name; });
    const std::string value = label.value(rows.front());
    if (is_apart || value.empty()) continue;
    common_ += fmt::format("{}{} {}", common_.empty() ? "" : ", ", label.name, value);
  }
  labels_ = std::move(apart);
  // Variants that have names of their own need no settings beside them.
  const bool all_named = labels_.front().name == kVariant &&
                         std::none_of(rows.begin(), rows.end(),
                                      [](const Row& row) { return variant_of(row).empty(); });
  for (Label& label : labels_) {
    const bool is_needless =
        all_named && label.name != kVariant && follows_from_variant(rows, label.value);
    if (is_needless) label.rank = kUseful;
  }
  short_labels_ = labels_;
  std::erase_if(short_labels_, [](const Label& label) { return label.rank != kKey; });
}

RowLabels::Columns RowLabels::columns_of(std::span<const Label> labels) {
  Columns columns;
  for (const Label& label : labels) {
    columns.header.push_back(label.name);
    columns.ranks.push_back(label.rank);
  }
  return columns;
}

std::vector<std::string> RowLabels::cells_of(std::span<const Label> labels, const Row& row,
                                             const std::string& none) {
  std::vector<std::string> cells;
  for (const Label& label : labels) {
    const std::string value = label.value(row);
    cells.push_back(value.empty() ? none : value);
  }
  return cells;
}

bool RowLabels::is_said(const std::string& name) const {
  return std::any_of(short_labels_.begin(), short_labels_.end(),
                     [&](const Label& label) { return label.name == name; });
}

std::string RowLabels::sentence(const Row& row) const {
  const Config& config = row.config;
  std::string sentence;
  if (is_said(kVariant) && !variant_of(row).empty()) {
    sentence = variant_of(row);
  } else {
    sentence = name_of(config.method);
    if (is_said("measure") && config.measure != Measure::kAuto) {
      sentence += " on " + name_of(config.measure);
    }
    if (is_said("pause") && config.pause != Measure::kNone) {
      sentence += ", paused on " + name_of(config.pause);
    }
  }
  if (is_said("grow")) sentence += fmt::format(", {} growth", rules_.of(config.grow));
  for (const Label& label : short_labels_) {
    static constexpr std::array kSaid = {kVariant, "method", "measure", "pause", "grow"};
    if (std::find(kSaid.begin(), kSaid.end(), label.name) != kSaid.end()) continue;
    sentence += fmt::format(", {} {}", label.name, label.value(row));
  }
  return sentence;
}

}  // namespace regrow

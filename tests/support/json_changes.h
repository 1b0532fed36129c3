// Every change of one place in a JSON value to something that no writer of it would have written.
#pragma once

#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace regrow::tests {

using JsonPlace = nlohmann::ordered_json::json_pointer;

/// Of the values within `value`, but for itself: containers before what they hold, and of an array
/// the first and the last entry, between which there are more of the same.
inline std::vector<JsonPlace> places_in(const nlohmann::ordered_json& value,
                                        const JsonPlace& at = JsonPlace()) {
  std::vector<JsonPlace> places;
  const auto add = [&](const JsonPlace& place, const nlohmann::ordered_json& child) {
    places.push_back(place);
    const std::vector<JsonPlace> inner = places_in(child, place);
    places.insert(places.end(), inner.begin(), inner.end());
  };
  if (value.is_object()) {
    for (const auto& [key, child] : value.items()) add(at / key, child);
  } else if (value.is_array()) {
    if (!value.empty()) add(at / std::size_t{0}, value.front());
    if (value.size() > 1) add(at / (value.size() - 1), value.back());
  }
  return places;
}

/// Whatever is expected in a place, some of these are of another type, out of range, or beyond what
/// can be counted with.
inline constexpr std::array kHostileValues = {
    "null", "\"x\"", "-1", "0", "4294967295", "9223372036854775808", "1e308", "[]", "{}"};
inline constexpr std::size_t kMoreChanges = 3;  // removed; once more; two hundred times more
inline constexpr std::size_t kChanges = kHostileValues.size() + kMoreChanges;

/// Makes one of the kChanges changes in `place`. What is asked of an array's last entry alone is
/// nothing elsewhere. Returns what was done, or "" where nothing was.
inline std::string change(nlohmann::ordered_json& value, const JsonPlace& place,
                          std::size_t which) {
  nlohmann::ordered_json& parent = value[place.parent_pointer()];
  const std::string& key = place.back();
  if (which < kHostileValues.size()) {
    nlohmann::ordered_json changed = nlohmann::ordered_json::parse(kHostileValues[which]);
    if (value[place] == changed) return "";
    value[place] = std::move(changed);
    return place.to_string() + " = " + kHostileValues[which];
  }
  if (which == kHostileValues.size()) {
    if (parent.is_array()) {
      parent.erase(std::stoul(key));
    } else {
      parent.erase(key);
    }
    return place.to_string() + " removed";
  }
  if (!parent.is_array() || std::stoul(key) + 1 != parent.size()) return "";
  const std::size_t more = which == kHostileValues.size() + 1 ? 1 : 200;
  const nlohmann::ordered_json last = parent.back();
  for (std::size_t i = 0; i < more; ++i) parent.push_back(last);
  return place.to_string() + " " + std::to_string(more) + " times more";
}

}  // namespace regrow::tests

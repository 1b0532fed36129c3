// Optimal string alignment distance over folded names.

#include "base/nearest_name.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace regrow {
namespace {

// More slips are another word.
constexpr std::size_t kMostSlips = 3;

std::string folded(std::string_view name) {
  // Dashes in front of a flag are no letters that are right.
  name.remove_prefix(std::min(name.find_first_not_of('-'), name.size()));
  std::string result(name);
  for (char& c : result) {
    if (c == '-') c = '_';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // distance[i][j] between the first i letters of a and the first j of b; three rows suffice.
  std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) current[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before.swap(previous);
    previous.swap(current);
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
  }
  return current[b.size()];
}

}  // namespace

std::string nearest_name(std::string_view wrong, std::span<const std::string> names) {
  const std::string key = folded(wrong);
  const std::string* nearest = nullptr;
  std::size_t smallest = 0;
  for (const std::string& name : names) {
    const std::string right = folded(name);
    // Not nearer than the difference in length; a wrong name may be of any.
    if (key.size() > right.size() + kMostSlips) continue;
    const std::size_t distance = edit_distance(key, right);
    const std::size_t longer = std::max(key.size(), right.size());
    const std::size_t near = std::clamp<std::size_t>(longer / 3, 1, kMostSlips);
    // A distance of the whole length means that no letter is right.
    if (distance <= near && distance < key.size() && (nearest == nullptr || distance < smallest)) {
      nearest = &name;
      smallest = distance;
    }
  }
  return nearest != nullptr ? *nearest : std::string();
}

std::string did_you_mean(std::string_view wrong, std::span<const std::string> names) {
  const std::string nearest = nearest_name(wrong, names);
  return nearest.empty() ? nearest : " (did you mean " + nearest + "?)";
}

}  // namespace regrow

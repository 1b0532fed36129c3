// Strict reading of JSON objects.
#include "io/json_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "io/json_guard.h"
#include "regrow/error.h"

namespace regrow {

using nlohmann::json;

json parse_json(const std::string& text, const std::string& source) {
  // A line of a record nests too little to be a burden, and there are thousands of them.
  constexpr std::size_t kShort = std::size_t{1} << 16;
  const bool is_sound =
      text.size() <= kShort || is_sound_json(text, JsonKeys::kMayRepeat, source + ":");
  json value = json::parse(text, nullptr, false);
  if (!is_sound || value.is_discarded()) {
    throw Error(fmt::format("{}: is not valid JSON; it is cut off or was edited", source));
  }
  return value;
}

JsonFields::JsonFields(const json& value, std::string source)
    : value_(&value), source_(std::move(source)) {
  if (!value.is_object()) throw Error(fmt::format("{}: is not a JSON object", source_));
}

void JsonFields::refuse(const char* name, const char* expected) const {
  throw Error(fmt::format("{}: field `{}` must be {}", source_, name, expected));
}

const json& JsonFields::field(const char* name) const {
  const auto found = value_->find(name);
  if (found == value_->end()) {
    throw Error(fmt::format("{}: field `{}` is missing", source_, name));
  }
  return *found;
}

double JsonFields::number(const char* name) const {
  const json& value = field(name);
  if (!value.is_number()) refuse(name, "a number");
  return value.get<double>();
}

std::optional<double> JsonFields::number_or_null(const char* name) const {
  const json& value = field(name);
  if (value.is_null()) return std::nullopt;
  if (!value.is_number()) refuse(name, "a number or null");
  return value.get<double>();
}

double JsonFields::duration(const char* name) const {
  const double seconds = number(name);
  if (!(seconds >= 0) || !std::isfinite(seconds)) refuse(name, "a finite number of seconds");
  return seconds;
}

std::uint64_t JsonFields::count(const char* name, std::uint64_t max) const {
  const json& value = field(name);
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > max) {
    refuse(name, "a whole number in its range, not negative");
  }
  return value.get<std::uint64_t>();
}

std::uint64_t JsonFields::count_or_zero(const char* name) const {
  return value_->contains(name) ? count(name) : 0;
}

std::uint32_t JsonFields::count32(const char* name) const {
  return static_cast<std::uint32_t>(count(name, std::numeric_limits<std::uint32_t>::max()));
}

bool JsonFields::flag(const char* name) const {
  const json& value = field(name);
  if (!value.is_boolean()) refuse(name, "true or false");
  return value.get<bool>();
}

std::string JsonFields::text(const char* name) const {
  const json& value = field(name);
  if (!value.is_string()) refuse(name, "a string");
  return value.get<std::string>();
}

const json& JsonFields::array(const char* name) const {
  const json& value = field(name);
  if (!value.is_array()) refuse(name, "an array");
  return value;
}

FiveNumbers JsonFields::five_counts(const char* name) const {
  const json& value = array(name);
  FiveNumbers numbers;
  const auto is_count = [](const json& number) {
    return number.is_number_unsigned() &&
           number.get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max();
  };
  if (value.size() != numbers.size() || !std::all_of(value.begin(), value.end(), is_count)) {
    refuse(name, "an array of five whole numbers");
  }
  std::copy(value.begin(), value.end(), numbers.begin());
  return numbers;
}

bool JsonFields::is_absent(const char* name) const {
  const auto found = value_->find(name);
  return found == value_->end() || found->is_null();
}

JsonFields JsonFields::object(const char* name) const {
  return {field(name), fmt::format("{}: {}", source_, name)};
}

}  // namespace regrow

// The kinds of settings: how each is parsed, printed and described. Nothing here knows a setting.

#include "config/setting_kinds.h"

#include <fmt/format.h>

#include <cstdlib>
#include <limits>
#include <string_view>

#include "base/numbers.h"
#include "base/utf8.h"

namespace regrow {
namespace {

constexpr std::size_t kMillionthsDigits = 6;
constexpr std::int64_t kMillion = 1000000;
constexpr std::int64_t kMostExponent = 1000000;  // of a power of ten

Setting make(std::string key, SettingKind kind, std::string allowed, std::string help) {
  Setting setting;
  setting.key = std::move(key);
  setting.kind = kind;
  setting.allowed = std::move(allowed);
  setting.help = std::move(help);
  return setting;
}

bool parse_list(std::string_view text, std::vector<std::int64_t>& values) {
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::int64_t value = 0;
    if (!parse_integer(std::string(text.substr(0, comma)), value)) return false;
    values.push_back(value);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) return false;
  }
  return true;
}

// A decimal in any form, as ".3", "3e-1" or "0.3000000". In integers throughout: a count must not
// depend on how 0.3 is rounded to a double.
bool parse_millionths(std::string_view text, std::int64_t& value) {
  const std::size_t mark = std::min(text.find_first_of("eE"), text.size());
  std::int64_t exponent = 0;
  if (mark < text.size()) {
    std::string_view written = text.substr(mark + 1);
    if (written.starts_with('+') && written.size() > 1 && written[1] != '-')
      written.remove_prefix(1);
    if (!parse_integer(std::string(written), exponent) || std::abs(exponent) > kMostExponent) {
      return false;
    }
  }
  const std::string_view number = text.substr(0, mark);
  const std::size_t point = std::min(number.find('.'), number.size());
  std::string digits(number.substr(0, point));
  if (point < number.size()) {
    const std::string_view fraction = number.substr(point + 1);
    exponent -= static_cast<std::int64_t>(fraction.size());
    digits += fraction;
  }
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return false;
  // Of millionths: zeros are taken from its end, or put there, until none is left over.
  exponent += static_cast<std::int64_t>(kMillionthsDigits);
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  while (exponent < 0 && digits.ends_with('0')) {
    digits.pop_back();
    ++exponent;
  }
  std::int64_t millionths = 0;
  if (!digits.empty()) {
    const auto places = static_cast<std::int64_t>(digits.size()) + exponent;
    if (exponent < 0 || places > static_cast<std::int64_t>(kMillionthsDigits) + 1) return false;
    digits.append(static_cast<std::size_t>(exponent), '0');
    for (const char digit : digits) millionths = millionths * 10 + (digit - '0');
  }
  if (millionths > kMillion) return false;
  value = millionths;
  return true;
}

std::string print_millionths(std::int64_t value) {
  std::string digits = fmt::format("{:07}", value);
  digits.insert(digits.size() - kMillionthsDigits, ".");
  digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.back() == '.') digits.pop_back();
  return digits;
}

std::string describe(const RealRange& range) {
  if (!range.without_lowest && !range.without_highest) {
    return fmt::format("a number from {} to {}", print_real(range.lowest),
                       print_real(range.highest));
  }
  return fmt::format("a number {} {} and {} {}", range.without_lowest ? "above" : "of at least",
                     print_real(range.lowest), range.without_highest ? "below" : "at most",
                     print_real(range.highest));
}

bool contains(const RealRange& range, double value) {
  return (range.without_lowest ? value > range.lowest : value >= range.lowest) &&
         (range.without_highest ? value < range.highest : value <= range.highest);
}

}  // namespace

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

Setting text(std::string key, std::string Config::*member, std::string allowed, std::string help) {
  return checked_text(std::move(key), member, std::move(allowed) + ", in UTF-8", is_utf8,
                      std::move(help));
}

Setting checked_text(std::string key, std::string Config::*member, std::string allowed,
                     bool (*accepts)(const std::string&), std::string help) {
  Setting setting = make(std::move(key), SettingKind::kText, std::move(allowed), std::move(help));
  setting.parse = [member, accepts](Config& config, const std::string& value) {
    if (!accepts(value)) return false;
    config.*member = value;
    return true;
  };
  setting.to_string = [member](const Config& config) { return config.*member; };
  return setting;
}

Setting named(std::string key, std::string Config::*member, std::vector<std::string> names,
              std::string help) {
  Setting setting = make(std::move(key), SettingKind::kText, joined(names), std::move(help));
  setting.choices = std::move(names);
  setting.parse = [member, choices = setting.choices](Config& config, const std::string& value) {
    if (std::find(choices.begin(), choices.end(), value) == choices.end()) return false;
    config.*member = value;
    return true;
  };
  setting.to_string = [member](const Config& config) { return config.*member; };
  return setting;
}

Setting integer(std::string key, std::int64_t Config::*member, std::int64_t lowest,
                std::int64_t highest, std::string help) {
  Setting setting = make(std::move(key), SettingKind::kInteger,
                         fmt::format("an integer from {} to {}", lowest, highest), std::move(help));
  setting.parse = [member, lowest, highest](Config& config, const std::string& value) {
    std::int64_t number = 0;
    if (!parse_integer(value, number) || number < lowest || number > highest) return false;
    config.*member = number;
    return true;
  };
  setting.to_string = [member](const Config& config) { return std::to_string(config.*member); };
  return setting;
}

Setting integers(std::string key, std::vector<std::int64_t> Config::*member, std::int64_t lowest,
                 std::int64_t highest, bool may_be_empty, std::string help) {
  Setting setting = make(std::move(key), SettingKind::kIntegers,
                         fmt::format("integers from {} to {}, separated by commas{}", lowest,
                                     highest, may_be_empty ? ", or none" : ""),
                         std::move(help));
  setting.parse = [=](Config& config, const std::string& value) {
    std::vector<std::int64_t> numbers;
    const bool is_none = may_be_empty && value == "none";
    if (!parse_list(is_none ? std::string() : value, numbers) || (numbers.empty() && !may_be_empty))
      return false;
    const auto fits = [=](std::int64_t number) { return number >= lowest && number <= highest; };
    if (!std::all_of(numbers.begin(), numbers.end(), fits)) return false;
    config.*member = numbers;
    return true;
  };
  setting.to_string = [member](const Config& config) {
    return fmt::format("{}", fmt::join(config.*member, ","));
  };
  return setting;
}

Setting real(std::string key, double Config::*member, RealRange range, std::string help) {
  Setting setting = make(std::move(key), SettingKind::kReal, describe(range), std::move(help));
  setting.parse = [member, range](Config& config, const std::string& value) {
    double number = 0;
    if (!parse_real(value, number) || !contains(range, number)) return false;
    config.*member = number;
    return true;
  };
  setting.to_string = [member](const Config& config) { return print_real(config.*member); };
  return setting;
}

Setting on_off(std::string key, bool Config::*member, std::string help) {
  Setting setting = make(std::move(key), SettingKind::kSwitch, "true, false", std::move(help));
  setting.choices = {"true", "false"};
  setting.parse = [member](Config& config, const std::string& value) {
    if (value != "true" && value != "false") return false;
    config.*member = value == "true";
    return true;
  };
  setting.to_string = [member](const Config& config) {
    return std::string(config.*member ? "true" : "false");
  };
  return setting;
}

Setting millionths(std::string key, std::int64_t Config::*member, std::string help) {
  Setting setting =
      make(std::move(key), SettingKind::kReal,
           "a number from 0 to 1 of at most six digits after the point", std::move(help));
  setting.parse = [member](Config& config, const std::string& value) {
    return parse_millionths(value, config.*member);
  };
  setting.to_string = [member](const Config& config) { return print_millionths(config.*member); };
  return setting;
}

}  // namespace regrow

// Settings as the columns of a table.
#include "cli/table/setting_values.h"

#include <charconv>
#include <cstdint>

#include "base/one_line.h"

namespace regrow {
namespace {

template <typename Number>
bool reads_as(const std::string& text, Number& number) {
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc() && read.ptr == end;
}

}  // namespace

Value value_of(const Setting& setting, const Config& config) {
  const std::string text = setting.to_string(config);
  std::uint64_t whole = 0;
  double real = 0;
  if (setting.kind == SettingKind::kSwitch) return truth(text == "true");
  const bool is_number =
      setting.kind == SettingKind::kInteger || setting.kind == SettingKind::kReal;
  if (is_number && reads_as(text, whole)) return count(whole);
  if (is_number && reads_as(text, real)) return {real, text};
  return word(text, one_line(text));
}

}  // namespace regrow

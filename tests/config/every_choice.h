// The choices of a setting, as the table has them: a new one is tested by being there.
#pragma once

#include <string>
#include <vector>

#include "config/settings.h"
#include "regrow/config.h"

namespace regrow {

template <typename T, typename Section>
std::vector<T> every_choice(const char* key, T Section::*member) {
  const Setting& setting = *find_setting(key);
  std::vector<T> values;
  for (const std::string& choice : setting.choices) {
    Config config;
    setting.set_from_string(config, choice, setting.flag());
    values.push_back(config.*member);
  }
  return values;
}

}  // namespace regrow

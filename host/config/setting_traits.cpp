// What a row of the table says beside its value.
#include "config/setting_traits.h"

#include <utility>

namespace regrow {

Setting local(Setting setting) {
  setting.is_local = true;
  setting.is_in_checkpoints = false;
  return setting;
}

Setting kept_beside_checkpoints(Setting setting) {
  setting.is_in_checkpoints = false;
  return setting;
}

Setting changes_on_resume(Setting setting) {
  setting.may_change_on_resume = true;
  return setting;
}

Setting with_alias(Setting setting, std::string alias) {
  setting.alias = std::move(alias);
  return setting;
}

Setting main_setting(Setting setting) {
  setting.is_main = true;
  return setting;
}

Setting formerly(std::string old_key, Setting setting) {
  setting.old_keys.push_back(std::move(old_key));
  return setting;
}

Setting of_kind(Setting setting, SettingKind kind) {
  setting.kind = kind;
  return setting;
}

}  // namespace regrow

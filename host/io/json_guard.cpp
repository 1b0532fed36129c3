// Follows JSON without keeping it.
#include "io/json_guard.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "base/utf8.h"
#include "regrow/error.h"

namespace regrow {
namespace {

using nlohmann::json;

class Guard : public nlohmann::json_sax<json> {
 public:
  Guard(JsonKeys keys, const std::string& what) : keys_(keys), what_(what) {}

  bool start_object(std::size_t) override { return open(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& key) override {
    if (keys_ == JsonKeys::kUnique && !keys_of_open_.back().insert(key).second) {
      throw Error(fmt::format("{} names `{}` twice", what_, excerpt(key)));
    }
    return true;
  }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool parse_error(std::size_t, const std::string&, const json::exception&) override {
    return false;
  }

 private:
  bool open() {
    keys_of_open_.emplace_back();
    if (keys_of_open_.size() > kMostJsonLevels) {
      throw Error(fmt::format("{} is nested more than {} levels deep", what_, kMostJsonLevels));
    }
    return true;
  }
  bool close() {
    keys_of_open_.pop_back();
    return true;
  }

  JsonKeys keys_;
  const std::string& what_;
  std::vector<std::set<std::string>> keys_of_open_;
};

}  // namespace

bool is_sound_json(std::string_view text, JsonKeys keys, const std::string& what) {
  Guard guard(keys, what);
  return json::sax_parse(text.begin(), text.end(), &guard);
}

}  // namespace regrow

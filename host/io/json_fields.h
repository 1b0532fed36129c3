// Strict reading of a JSON object field by field: a field that is missing, of another type or out
// of range is an Error naming source and field.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "regrow/metrics.h"

namespace regrow {

/// Throws Error naming `source` unless `text` is one JSON value.
nlohmann::json parse_json(const std::string& text, const std::string& source);

/// A view of an object that must outlive it.
class JsonFields {
 public:
  /// Throws Error unless `value` is an object.
  JsonFields(const nlohmann::json& value, std::string source);

  double number(const char* name) const;
  /// Absent where the field is null; the field itself must be there.
  std::optional<double> number_or_null(const char* name) const;
  /// Seconds: finite and not negative.
  double duration(const char* name) const;
  std::uint64_t count(const char* name,
                      std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) const;
  std::uint32_t count32(const char* name) const;
  /// 0 where it is not there at all, as in files of older versions.
  std::uint64_t count_or_zero(const char* name) const;
  bool flag(const char* name) const;
  std::string text(const char* name) const;
  const nlohmann::json& array(const char* name) const;
  FiveNumbers five_counts(const char* name) const;
  /// Null, or not there at all.
  bool is_absent(const char* name) const;
  JsonFields object(const char* name) const;

  const std::string& source() const { return source_; }

 private:
  const nlohmann::json& field(const char* name) const;
  [[noreturn]] void refuse(const char* name, const char* expected) const;

  const nlohmann::json* value_;
  std::string source_;
};

/// A line of metrics.jsonl, wherever it stands: other fields beside its own are ignored.
EpochRecord epoch_record_from(const JsonFields& fields);

}  // namespace regrow

#include "config/class_weight_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/numbers.h"
#include "base/utf8.h"

namespace regrow {
namespace {

constexpr std::size_t kMostWeights = 65535;  // as many as there can be classes
constexpr double kMostWeight = 1e6;

struct Reading {
  std::optional<ClassWeights> weights;
  std::string fault;  // where there are none
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  return text.substr(0, text.find_last_not_of(kBlank) + 1);
}

/// Empty where it is a weight.
std::string fault_of_weight(const std::string& word, double& weight) {
  if (!parse_real(word, weight)) return fmt::format("'{}' is no number", excerpt(word));
  if (weight < 0 || weight > kMostWeight) {
    return fmt::format("{} is not from 0 to {}", excerpt(word), print_real(kMostWeight));
  }
  return "";
}

Reading finished(std::vector<double> values) {
  const bool is_zero = std::all_of(values.begin(), values.end(), [](double w) { return w == 0; });
  if (values.empty()) return {std::nullopt, "the file holds no numbers"};
  if (is_zero) return {std::nullopt, "all are 0"};
  return {ClassWeights{false, std::move(values)}, ""};
}

Reading read_list(const std::string& text) {
  std::vector<double> values;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string word(trimmed(std::string_view(text).substr(begin, end - begin)));
    const std::string fault = fault_of_weight(word, values.emplace_back());
    if (!fault.empty()) return {std::nullopt, fault};
    begin = end + 1;
  }
  if (values.size() > kMostWeights) {
    return {std::nullopt, fmt::format("there are more than {}", kMostWeights)};
  }
  return finished(std::move(values));
}

Reading read_weight_file(const std::string& name) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(name, error)) {
    return {std::nullopt, std::filesystem::exists(name, error)
                              ? "it is no file"
                              : "it is no number, and there is no file of that name"};
  }
  errno = 0;
  std::ifstream file(name);
  if (!file)
    return {std::nullopt, fmt::format("the file cannot be read: {}", std::strerror(errno))};
  std::vector<double> values;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    const std::string word(trimmed(line));
    if (word.empty()) continue;
    const std::string fault = values.size() < kMostWeights
                                  ? fault_of_weight(word, values.emplace_back())
                                  : fmt::format("there are more than {} numbers", kMostWeights);
    if (!fault.empty()) return {std::nullopt, fmt::format("line {}: {}", number, fault)};
  }
  return finished(std::move(values));
}

Reading read(const std::string& text) {
  if (text.empty()) return {std::nullopt, ""};
  if (text == "none") return {ClassWeights(), ""};
  if (text == "balanced") return {ClassWeights{true, {}}, ""};
  // What begins as a number is meant as numbers.
  double number = 0;
  const bool is_list = parse_real(std::string(trimmed(text.substr(0, text.find(',')))), number);
  return is_list ? read_list(text) : read_weight_file(text);
}

}  // namespace

std::optional<ClassWeights> parse_class_weight(const std::string& text) {
  return read(text).weights;
}

std::string print_class_weight(const ClassWeights& weights) {
  if (weights.balanced) return "balanced";
  if (weights.values.empty()) return "none";
  std::string text;
  for (const double value : weights.values) {
    text += (text.empty() ? "" : ",") + print_real(value);
  }
  return text;
}

std::string spelt_class_weight(const std::string& text) {
  const std::optional<ClassWeights> weights = parse_class_weight(text);
  return weights ? print_class_weight(*weights) : text;
}

std::string fault_of_class_weight(const std::string& text) { return read(text).fault; }

}  // namespace regrow

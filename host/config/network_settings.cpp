// The rows of section [network].
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "config/setting_kinds.h"
#include "config/setting_sections.h"
#include "config/setting_traits.h"
#include "regrow/parts.h"

namespace regrow {
namespace {

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const auto& row : activation_rows()) names.emplace_back(row.name);
  return names;
}

/// "relu,srelu", or the word of it that is no activation.
struct ActivationReading {
  std::vector<ActivationKind> kinds;
  std::optional<std::string> wrong;
};

ActivationReading read_activations(const std::string& text) {
  ActivationReading reading;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    const auto rows = activation_rows();
    const auto row =
        std::find_if(rows.begin(), rows.end(), [&](const auto& each) { return each.name == word; });
    if (row == rows.end()) {
      reading.wrong = word;
      return reading;
    }
    reading.kinds.push_back(row->kind);
    begin = end + 1;
  }
  return reading;
}

std::optional<std::vector<ActivationKind>> parse_activations(const std::string& text) {
  ActivationReading reading = read_activations(text);
  if (reading.wrong) return std::nullopt;
  return std::move(reading.kinds);
}

std::string print_activations(const std::vector<ActivationKind>& kinds) {
  std::vector<std::string_view> names;
  names.reserve(kinds.size());
  for (const ActivationKind kind : kinds) names.push_back(name_of(kind));
  return fmt::format("{}", fmt::join(names, ","));
}

Setting activation() {
  const std::vector<std::string> names = activation_names();
  Setting setting = parsed("activation", SettingKind::kTextOrList, &Config::activation,
                           joined(names) + "; or one for each hidden layer, separated by commas",
                           parse_activations, print_activations,
                           "what the hidden neurons make of their sums; `regrow methods` says what "
                           "each does");
  setting.choices = names;
  setting.fault = [](const std::string& text) {
    // Of a single word the nearest one says more.
    if (text.find(',') == std::string::npos) return std::string();
    const ActivationReading reading = read_activations(text);
    return fmt::format("'{}' is no activation", excerpt(*reading.wrong));
  };
  return setting;
}

}  // namespace

std::vector<Setting> network_settings() {
  return {
      main_setting(integers("hidden", &Config::hidden, 1, kMostNeurons, false,
                            "neurons of each hidden layer, from the inputs on")),
      main_setting(real("epsilon", &Config::epsilon, {0, 1e9},
                        "ε: a hidden layer starts with about ε·(inputs + outputs) connections, so "
                        "that larger layers are sparser")),
      main_setting(real("density", &Config::density, kShare,
                        "a hidden layer starts with this share of all its inputs·outputs possible "
                        "connections, instead of epsilon; 0: epsilon decides")),
      integers(
          "connections", &Config::connections, 0, kMostConnections, true,
          "how many connections each hidden layer starts with, instead of epsilon and density"),
      choice("sparse_init", &Config::sparse_init,
             {{SparseInit::kBernoulli, "bernoulli"}, {SparseInit::kExact, "exact"}},
             "number of connections that epsilon makes: drawn at random, or exactly its expected "
             "value"),
      choice("weight_init", &Config::weight_init,
             {{WeightInit::kGlorotDense, "glorot_dense"},
              {WeightInit::kLecunSparse, "lecun_sparse"},
              {WeightInit::kHeSparse, "he_sparse"}},
             "law of the initial weights: on the dense fans, or variance 1/f or 2/f, f the fan-in"),
      kept_beside_checkpoints(main_setting(text(
          "init_from", &Config::init_from, "a checkpoint, or a run's folder",
          "start with the network of this checkpoint, or of a run's best.safetensors, instead of a "
          "random one: its layers, connections, weights, activation and leaky_slope; empty: "
          "random"))),
      activation(),
      real("leaky_slope", &Config::leaky_slope, kShare,
           "slope below zero of leaky_relu and all_relu"),
      real("dropout", &Config::dropout, kBelowOne, "share of hidden activations dropped"),
  };
}

}  // namespace regrow

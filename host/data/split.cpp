// Which samples are trained on and which validate.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "regrow/bijection.h"
#include "regrow/dataset.h"
#include "regrow/error.h"
#include "system/size_text.h"

namespace regrow {

SplitView view(const Dataset& dataset, Split split) {
  switch (split) {
    case Split::kTrain:
      return {&dataset.train, &dataset.train_ids};
    case Split::kValidation:
      if (!dataset.validation_is_test) return {&dataset.train, &dataset.validation_ids};
      break;
    case Split::kTest:
      break;
  }
  return {&dataset.test, nullptr};
}

std::vector<std::uint32_t> stratified(std::span<const std::uint16_t> labels, double share,
                                      std::uint64_t data_seed, Purpose purpose) {
  const std::size_t classes =
      labels.empty() ? 0 : std::size_t{*std::max_element(labels.begin(), labels.end())} + 1;
  std::vector<std::vector<std::uint32_t>> of_class(classes);
  for (std::uint32_t i = 0; i < labels.size(); ++i) of_class[labels[i]].push_back(i);
  std::vector<std::uint32_t> chosen;
  for (std::uint32_t c = 0; c < classes; ++c) {
    const std::size_t samples = of_class[c].size();
    if (samples < 2) continue;
    const auto wanted = static_cast<std::size_t>(std::lround(share * static_cast<double>(samples)));
    const Bijection order(samples, data_seed, purpose, c, 0);
    for (std::size_t i = 0; i < std::clamp<std::size_t>(wanted, 1, samples - 1); ++i) {
      chosen.push_back(of_class[c][order(i)]);
    }
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

namespace {

void set_validation(Dataset& dataset, const std::vector<bool>& is_held_out, bool from_test) {
  dataset.validation_is_test = from_test;
  dataset.train_ids.clear();
  dataset.validation_ids.clear();
  for (std::uint32_t i = 0; i < is_held_out.size(); ++i) {
    (is_held_out[i] ? dataset.validation_ids : dataset.train_ids).push_back(i);
  }
}

}  // namespace

void split_validation(Dataset& dataset, double share, std::uint64_t data_seed) {
  const std::vector<std::uint32_t> held_out =
      stratified(dataset.train.labels, share, data_seed, Purpose::kHoldOut);
  if (held_out.empty()) {
    throw Error(
        fmt::format("validation = holdout:{:g}%: {} has no class of two or more training "
                    "samples; validate with --validation test",
                    share * 100, dataset.name));
  }
  std::vector<bool> is_held_out(dataset.train.size(), false);
  for (const std::uint32_t id : held_out) is_held_out[id] = true;
  set_validation(dataset, is_held_out, false);
}

void split_validation(Dataset& dataset, bool from_test, std::size_t count,
                      std::uint64_t data_seed) {
  const std::size_t samples = dataset.train.size();
  if (!from_test && (count == 0 || count >= samples)) {
    const std::string has =
        fmt::format("validation = holdout:{}: {} has {} training sample{}", count, dataset.name,
                    grouped(samples), samples == 1 ? "" : "s");
    throw Error(samples < 2 ? has + ", too few to hold out any; validate with --validation test"
                            : fmt::format("{}; hold out 1 to {} with --validation holdout:N", has,
                                          samples - 1));
  }
  std::vector<bool> is_held_out(samples, false);
  if (!from_test) {
    const Bijection order(samples, data_seed, Purpose::kHoldOut, 0, 0);
    for (std::size_t i = 0; i < count; ++i) is_held_out[order(i)] = true;
  }
  set_validation(dataset, is_held_out, from_test);
}

}  // namespace regrow

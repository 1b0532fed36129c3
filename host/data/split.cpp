// Which samples are trained on and which validate.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
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

void split_validation(Dataset& dataset, bool from_test, std::size_t count,
                      std::uint64_t data_seed) {
  const std::size_t samples = dataset.train.size();
  if (!from_test && (count == 0 || count >= samples)) {
    const std::string has =
        fmt::format("validation = holdout:{}: {} has {} training image{}", count, dataset.name,
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
  dataset.validation_is_test = from_test;
  dataset.train_ids.clear();
  dataset.validation_ids.clear();
  for (std::uint32_t i = 0; i < samples; ++i) {
    (is_held_out[i] ? dataset.validation_ids : dataset.train_ids).push_back(i);
  }
}

}  // namespace regrow

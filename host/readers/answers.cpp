#include "readers/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <span>

#include "base/numbers.h"
#include "base/utf8.h"
#include "regrow/error.h"
#include "system/size_text.h"

namespace regrow {
namespace {

constexpr std::size_t kMostClasses = std::numeric_limits<std::uint16_t>::max();

std::string quoted(const std::string& text) { return '\'' + excerpt(text) + '\''; }

/// An integer without a point, as labels are written; others as short as they can be read back.
std::string number_text(double value) { return fmt::format("{}", value == 0 ? 0.0 : value); }

[[noreturn]] void fail(const RawSamples& samples, const std::string& problem) {
  throw Error(samples.source + ": " + problem);
}

void check_sizes(const RawSamples& samples, std::size_t answers) {
  if (answers == samples.samples) return;
  fail(samples, fmt::format("{} labels for {} samples; there must be one for each",
                            grouped(answers), grouped(samples.samples)));
}

/// The class of every sample where its outputs are 0 but for one 1.
std::vector<double> classes_of_one_hot(const RawSamples& samples, const NumberAnswers& answers) {
  std::vector<double> classes;
  const std::size_t width = answers.outputs;
  for (std::size_t i = 0; i * width < answers.values.size(); ++i) {
    const auto row = std::span(answers.values).subspan(i * width, width);
    const auto one = std::find(row.begin(), row.end(), 1.0);
    const auto zeros = static_cast<std::size_t>(std::count(row.begin(), row.end(), 0.0));
    if (one == row.end() || zeros + 1 != width) {
      fail(samples,
           fmt::format(
               "the {} numbers that label sample {} are not one 1 among 0s, and so no class; "
               "to predict them as numbers, give --loss mse",
               width, i));
    }
    classes.push_back(static_cast<double>(one - row.begin()));
  }
  return classes;
}

std::vector<double> class_numbers(const RawSamples& samples, const NumberAnswers& answers) {
  return answers.outputs == 1 ? answers.values : classes_of_one_hot(samples, answers);
}

// Whole numbers that are more than these may well be meant as numbers.
constexpr std::size_t kManyClasses = 20;

void check_classes(const RawSamples& samples, std::size_t classes) {
  if (classes < 2) {
    fail(samples,
         "all samples have the same label, so that there is nothing to learn; give samples "
         "of two classes or more, or another --label");
  }
  if (classes > kMostClasses) {
    fail(samples,
         fmt::format("{} different labels; {} classes are possible: give another --label, or, "
                     "to predict numbers, --loss mse",
                     grouped(classes), grouped(kMostClasses)));
  }
}

LearntAnswers learn_numbers(const RawSamples& samples, const NumberAnswers& answers) {
  const std::vector<double> numbers = class_numbers(samples, answers);
  check_sizes(samples, numbers.size());
  std::map<double, std::uint32_t> classes;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (std::trunc(numbers[i]) != numbers[i]) {
      fail(samples, fmt::format("sample {} has the label {}, which is no whole number and so no "
                                "class; to predict numbers, give --loss mse",
                                i, number_text(numbers[i])));
    }
    classes[numbers[i] + 0.0] = 0;  // of −0, too
  }
  check_classes(samples, classes.size());
  LearntAnswers learnt;
  for (auto& [number, id] : classes) {
    id = static_cast<std::uint32_t>(learnt.class_names.size());
    learnt.class_names.push_back(number_text(number));
  }
  for (const double number : numbers) {
    learnt.labels.push_back(static_cast<std::uint16_t>(classes.at(number + 0.0)));
  }
  constexpr std::size_t kFewSamples = 5;
  if (classes.size() > kManyClasses && samples.samples < kFewSamples * classes.size()) {
    learnt.notes.push_back(fmt::format(
        "{}: its labels are {} different whole numbers, which are taken for classes; to "
        "predict numbers, give --loss mse",
        samples.source, grouped(classes.size())));
  }
  return learnt;
}

bool is_number(const std::string& text) {
  double value = 0;
  return parse_real(text, value);
}

LearntAnswers learn_text(const RawSamples& samples, const TextAnswers& answers) {
  check_sizes(samples, answers.ids.size());
  check_classes(samples, answers.names.size());
  LearntAnswers learnt;
  learnt.class_names = answers.names;
  std::sort(learnt.class_names.begin(), learnt.class_names.end());
  if (std::all_of(answers.names.begin(), answers.names.end(), is_number)) {
    const auto value = [](const std::string& text) {
      double number = 0;
      parse_real(text, number);
      return number;
    };
    std::stable_sort(
        learnt.class_names.begin(), learnt.class_names.end(),
        [&](const std::string& a, const std::string& b) { return value(a) < value(b); });
  }
  std::map<std::string, std::uint16_t> classes;
  for (std::size_t c = 0; c < learnt.class_names.size(); ++c) {
    classes[learnt.class_names[c]] = static_cast<std::uint16_t>(c);
  }
  for (const std::uint32_t id : answers.ids) learnt.labels.push_back(classes.at(answers.names[id]));
  return learnt;
}

std::vector<float> targets_of(const RawSamples& samples, const NumberAnswers& answers) {
  check_sizes(samples, answers.values.size() / answers.outputs);
  std::vector<float> targets;
  targets.reserve(answers.values.size());
  for (const double value : answers.values) {
    if (!fits_float(value)) {
      fail(samples, fmt::format("sample {} has the number {} to predict, which is too large; scale "
                                "what is predicted",
                                targets.size() / answers.outputs, number_text(value)));
    }
    targets.push_back(static_cast<float>(value));
  }
  return targets;
}

std::vector<std::string> target_names(const RawSamples& samples, std::uint32_t outputs) {
  const std::string name = samples.schema.label.empty() ? "target" : samples.schema.label;
  if (outputs == 1) return {name};
  std::vector<std::string> names;
  for (std::uint32_t k = 0; k < outputs; ++k) names.push_back(fmt::format("{} {}", name, k));
  return names;
}

[[noreturn]] void fail_without_labels(const RawSamples& samples) {
  fail(samples,
       "has no labels; name what is predicted with --label, or give them beside the samples");
}

/// The classes of names that a file uses, in any order and number.
class ClassIndex {
 public:
  explicit ClassIndex(const TrainedOn& known) : known_(known) {
    for (std::size_t c = 0; c < known.class_names.size(); ++c) {
      classes_[known.class_names[c]] = static_cast<std::uint16_t>(c);
      if (is_number(known.class_names[c])) has_numbers_ = true;
    }
  }

  std::optional<std::uint16_t> of_name(const std::string& name) const {
    const auto found = classes_.find(name);
    if (found == classes_.end()) return std::nullopt;
    return found->second;
  }
  std::optional<std::uint16_t> of_number(double number) const {
    if (has_numbers_) return of_name(number_text(number));
    if (std::trunc(number) != number || number < 0 ||
        number >= static_cast<double>(known_.class_names.size())) {
      return std::nullopt;
    }
    return static_cast<std::uint16_t>(number);
  }

 private:
  const TrainedOn& known_;
  std::map<std::string, std::uint16_t> classes_;
  bool has_numbers_ = false;
};

[[noreturn]] void fail_of_unknown_class(const RawSamples& samples, std::size_t sample,
                                        const std::string& name, const TrainedOn& known) {
  std::string classes;
  constexpr std::size_t kShown = 8;
  for (std::size_t c = 0; c < std::min(kShown, known.class_names.size()); ++c) {
    classes += (c > 0 ? ", " : "") + quoted(known.class_names[c]);
  }
  if (known.class_names.size() > kShown) classes += ", …";
  if (known.class_names.size() > kManyClasses && is_number(known.class_names.front())) {
    classes += "; if these are numbers to predict, train with --loss mse";
  }
  fail(samples,
       fmt::format("sample {} is of class {}, which none of the training samples is; their "
                   "classes are {}",
                   sample, quoted(name), classes));
}

}  // namespace

LearntAnswers learn_answers(const RawSamples& samples, bool predicts_numbers) {
  if (const auto* text = std::get_if<TextAnswers>(&samples.answers)) {
    if (predicts_numbers) {
      fail(samples,
           "its labels are words, which --loss mse cannot predict; give another --label, or, "
           "to learn classes, leave --loss out");
    }
    return learn_text(samples, *text);
  }
  const auto* numbers = std::get_if<NumberAnswers>(&samples.answers);
  if (numbers == nullptr) fail_without_labels(samples);
  if (!predicts_numbers) return learn_numbers(samples, *numbers);
  LearntAnswers learnt;
  learnt.targets = targets_of(samples, *numbers);
  learnt.class_names = target_names(samples, numbers->outputs);
  learnt.labels.assign(samples.samples, 0);
  return learnt;
}

LearntAnswers known_answers(const RawSamples& samples, const TrainedOn& known) {
  LearntAnswers learnt;
  learnt.class_names = known.class_names;
  const auto* text = std::get_if<TextAnswers>(&samples.answers);
  const auto* numbers = std::get_if<NumberAnswers>(&samples.answers);
  if (text == nullptr && numbers == nullptr) fail_without_labels(samples);
  if (known.has_targets) {
    if (numbers == nullptr) {
      fail(samples, "its labels are words, but the network predicts numbers");
    }
    if (numbers->outputs != known.class_names.size()) {
      fail(samples, fmt::format("{} numbers to predict a sample, but the network predicts {}",
                                numbers->outputs, known.class_names.size()));
    }
    learnt.targets = targets_of(samples, *numbers);
    learnt.labels.assign(samples.samples, 0);
    return learnt;
  }
  const ClassIndex classes(known);
  const auto add = [&](std::optional<std::uint16_t> found, const std::string& name) {
    if (!found) fail_of_unknown_class(samples, learnt.labels.size(), name, known);
    learnt.labels.push_back(*found);
  };
  if (text != nullptr) {
    check_sizes(samples, text->ids.size());
    for (const std::uint32_t id : text->ids) add(classes.of_name(text->names[id]), text->names[id]);
  } else {
    const std::vector<double> values = class_numbers(samples, *numbers);
    check_sizes(samples, values.size());
    for (const double value : values) add(classes.of_number(value), number_text(value));
  }
  return learnt;
}

}  // namespace regrow

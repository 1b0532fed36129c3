#include "readers/array_roles.h"

#include <array>
#include <string>

namespace regrow {
namespace {

/// The words of one meaning have one rank: no file has "target" beside "targets" for two things.
struct PartWord {
  std::string_view word;
  ArrayPart part;
  std::size_t rank;
};

constexpr std::array kPartWords = std::to_array<PartWord>({{"x", ArrayPart::kInputs, 0},
                                                           {"data", ArrayPart::kInputs, 1},
                                                           {"images", ArrayPart::kInputs, 2},
                                                           {"features", ArrayPart::kInputs, 3},
                                                           {"inputs", ArrayPart::kInputs, 4},
                                                           {"y", ArrayPart::kAnswers, 0},
                                                           {"t", ArrayPart::kAnswers, 1},
                                                           {"labels", ArrayPart::kAnswers, 2},
                                                           {"label", ArrayPart::kAnswers, 2},
                                                           {"targets", ArrayPart::kAnswers, 3},
                                                           {"target", ArrayPart::kAnswers, 3}});

struct SplitWord {
  std::string_view word;
  ArraySplit split;
};

constexpr std::array kSplitWords =
    std::to_array<SplitWord>({{"", ArraySplit::kAll},
                              {"train", ArraySplit::kTrain},
                              {"training", ArraySplit::kTrain},
                              {"test", ArraySplit::kTest},
                              {"testing", ArraySplit::kTest},
                              {"val", ArraySplit::kValidation},
                              {"valid", ArraySplit::kValidation},
                              {"validation", ArraySplit::kValidation}});

bool is_joined(std::string_view name, std::string_view first, std::string_view second) {
  return name.size() == first.size() + second.size() && name.starts_with(first) &&
         name.ends_with(second);
}

}  // namespace

std::optional<ArrayRole> role_of(std::string_view name) {
  constexpr std::size_t kLongest = 40;
  if (name.size() > kLongest) return std::nullopt;
  std::string plain;
  for (const char letter : name) {
    if (letter == '_' || letter == '-' || letter == '.') continue;
    plain += letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  }
  for (const auto& [word, part, rank] : kPartWords) {
    for (const auto& [split_word, split] : kSplitWords) {
      if (is_joined(plain, word, split_word) || is_joined(plain, split_word, word)) {
        return ArrayRole{part, split, rank};
      }
    }
  }
  return std::nullopt;
}

}  // namespace regrow

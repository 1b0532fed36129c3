// What the name of an array says that it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace regrow {

enum class ArrayPart : std::uint8_t { kInputs, kAnswers };
enum class ArraySplit : std::uint8_t { kAll, kTrain, kTest, kValidation };

struct ArrayRole {
  ArrayPart part = ArrayPart::kInputs;
  ArraySplit split = ArraySplit::kAll;
  std::size_t rank = 0;  // of several for one part the lowest is meant: x before data and images
};

/// None where the name is not known. Case, "_", "-" and "." do not count.
std::optional<ArrayRole> role_of(std::string_view name);

/// The names that are looked for, as messages list them.
inline constexpr const char* kArrayNames =
    "x and y, or x_train, y_train, x_test and y_test (X, data, images, features or inputs for x; "
    "t, labels or targets for y)";

}  // namespace regrow

// Elements are read in the order of the file; an odometer over the array's indices says where each
// goes.
#include "readers/array_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "regrow/error.h"
#include "system/available_memory.h"
#include "system/size_text.h"

namespace regrow {
namespace {

/// IEEE 754's binary16, as bits.
struct Float16 {
  std::uint16_t bits = 0;
};

float to_float(Float16 half) {
  constexpr int kFractionBits = 10, kLowestExponent = -24;
  const unsigned exponent = half.bits >> kFractionBits & 0x1FU, fraction = half.bits & 0x3FFU;
  float value = 0;
  if (exponent == 0x1F) {
    value = fraction == 0 ? std::numeric_limits<float>::infinity()
                          : std::numeric_limits<float>::quiet_NaN();
  } else if (exponent == 0) {
    value = std::ldexp(static_cast<float>(fraction), kLowestExponent);
  } else {
    value = std::ldexp(static_cast<float>(fraction | 0x400U),
                       static_cast<int>(exponent) - 1 + kLowestExponent);
  }
  return (half.bits & 0x8000U) != 0 ? -value : value;
}

/// Element `i` of `bytes`.
template <typename T>
T element_at(std::span<const std::uint8_t> bytes, std::size_t i, bool is_big_endian) {
  std::array<std::uint8_t, sizeof(T)> raw{};
  std::memcpy(raw.data(), bytes.data() + i * sizeof(T), sizeof(T));
  if (is_big_endian != (std::endian::native == std::endian::big))
    std::reverse(raw.begin(), raw.end());
  return std::bit_cast<T>(raw);
}

/// put(position in the file, value) of every element, a value being of the array's own type.
template <typename T, typename Put>
void each_of(NpyArray& array, const Put& put) {
  const bool is_big_endian = array.header().is_big_endian;
  std::uint64_t position = 0;
  for (auto bytes = array.next_elements(); !bytes.empty(); bytes = array.next_elements()) {
    const std::size_t count = bytes.size() / sizeof(T);
    for (std::size_t i = 0; i < count; ++i, ++position) {
      const T value = element_at<T>(bytes, i, is_big_endian);
      if constexpr (std::same_as<T, Float16>) {
        put(position, to_float(value));
      } else {
        put(position, value);
      }
    }
  }
}

template <typename Put>
void each_number(NpyArray& array, const Put& put) {
  const std::size_t bytes = array.header().item_bytes;
  switch (array.header().kind) {
    case ElementKind::kBool:
      return each_of<std::uint8_t>(array, [&](std::uint64_t position, std::uint8_t value) {
        put(position, static_cast<std::uint8_t>(value != 0));
      });
    case ElementKind::kUnsigned:
      if (bytes == 1) return each_of<std::uint8_t>(array, put);
      if (bytes == 2) return each_of<std::uint16_t>(array, put);
      if (bytes == 4) return each_of<std::uint32_t>(array, put);
      return each_of<std::uint64_t>(array, put);
    case ElementKind::kSigned:
      if (bytes == 1) return each_of<std::int8_t>(array, put);
      if (bytes == 2) return each_of<std::int16_t>(array, put);
      if (bytes == 4) return each_of<std::int32_t>(array, put);
      return each_of<std::int64_t>(array, put);
    case ElementKind::kFloat:
      if (bytes == 2) return each_of<Float16>(array, put);
      if (bytes == 4) return each_of<float>(array, put);
      return each_of<double>(array, put);
    case ElementKind::kBytes:
    case ElementKind::kUnicode:
      break;
  }
  array.fail("has strings where numbers are due",
             "save numbers, for example with numpy.save(FILE, x.astype('float32'))");
}

/// Where the elements go: the sum of an index times a step an axis, the axes in the order of the
/// file, the slowest first.
class Odometer {
 public:
  struct Axis {
    std::uint64_t extent = 1;
    std::uint64_t step = 1;
  };

  explicit Odometer(std::vector<Axis> axes) : axes_(std::move(axes)), index_(axes_.size()) {}

  std::uint64_t place() const { return place_; }
  void advance() {
    for (std::size_t axis = axes_.size(); axis-- > 0;) {
      place_ += axes_[axis].step;
      if (++index_[axis] < axes_[axis].extent) return;
      place_ -= axes_[axis].step * axes_[axis].extent;
      index_[axis] = 0;
    }
  }

 private:
  std::vector<Axis> axes_;
  std::vector<std::uint64_t> index_;
  std::uint64_t place_ = 0;
};

/// The steps of an array's own axes.
Odometer odometer_of(const ArrayHeader& header, const std::vector<std::uint64_t>& steps) {
  std::vector<Odometer::Axis> axes;
  for (std::size_t i = 0; i < steps.size(); ++i) axes.push_back({header.shape[i], steps[i]});
  if (header.is_fortran) std::reverse(axes.begin(), axes.end());
  return Odometer(std::move(axes));
}

std::vector<std::uint64_t> steps_of(const ArrayHeader& header, const SampleLayout& layout) {
  const std::uint64_t features = layout.shape.features(), pixels = layout.shape.pixels(),
                      width = layout.shape.width;
  switch (header.shape.size()) {
    case 2:
      return {features, 1};
    case 3:
      return {features, width, 1};
    default:
      if (layout.channels_last) return {features, width, 1, pixels};
      return {features, pixels, width, 1};
  }
}

/// Memory that is not there is said before it is asked for.
void require_room(const NpyArray& array, std::uint64_t bytes) {
  const AvailableMemory available = available_memory();
  if (bytes <= available.bytes) return;
  array.fail(fmt::format("needs {} of memory, and {} {}", memory_text(bytes),
                         memory_text(available.bytes), available.where),
             "save fewer samples, images as uint8");
}

constexpr const char* kFinite =
    "fill or leave out what is missing, for example with numpy.nan_to_num";

template <typename T>
float as_feature(const NpyArray& array, std::uint64_t position, T value) {
  if constexpr (std::floating_point<T>) {
    if (!std::isfinite(value)) {
      array.fail(fmt::format("{} is {}", array.index_of(position), value), kFinite);
    }
    if (std::abs(value) > static_cast<T>(std::numeric_limits<float>::max())) {
      array.fail(fmt::format("{} is {}, which is beyond the range of float32",
                             array.index_of(position), value),
                 "scale the feature");
    }
  }
  return static_cast<float>(value);
}

template <typename T>
double as_answer(const NpyArray& array, std::uint64_t position, T value) {
  if constexpr (std::floating_point<T>) {
    if (!std::isfinite(value)) {
      array.fail(fmt::format("{} is {}", array.index_of(position), value), kFinite);
    }
  } else if constexpr (sizeof(T) == 8) {
    constexpr T kMostExact = T{1} << 53;
    const bool is_exact =
        value <= kMostExact && (std::is_unsigned_v<T> || value >= T{0} - kMostExact);
    if (!is_exact) {
      array.fail(fmt::format("{} is {}, which is beyond ±2^53, the integers that are told apart",
                             array.index_of(position), value),
                 "number the classes from 0");
    }
  }
  return static_cast<double>(value);
}

std::string text_of_bytes(std::span<const std::uint8_t> item) {
  std::string text(item.begin(), item.end());
  text.erase(text.find_last_not_of('\0') + 1);
  return text;
}

/// UCS-4 to UTF-8; what is no code point becomes what is no UTF-8.
std::string text_of_unicode(std::span<const std::uint8_t> item, bool is_big_endian) {
  std::string text;
  std::size_t count = item.size() / sizeof(std::uint32_t);
  const auto code_at = [&](std::size_t i) {
    return element_at<std::uint32_t>(item, i, is_big_endian);
  };
  const auto put = [&text](std::uint32_t byte) { text += static_cast<char>(byte & 0xFF); };
  while (count > 0 && code_at(count - 1) == 0) --count;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t code = code_at(i);
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xC0 | code >> 6);
      put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      put(0xE0 | code >> 12);
      put(0x80 | (code >> 6 & 0x3F));
      put(0x80 | (code & 0x3F));
    } else if (code <= 0x10FFFF) {
      put(0xF0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3F));
      put(0x80 | (code >> 6 & 0x3F));
      put(0x80 | (code & 0x3F));
    } else {
      put(0xFF);
    }
  }
  return text;
}

TextAnswers read_texts(NpyArray& array) {
  const ArrayHeader& header = array.header();
  TextAnswers answers;
  std::unordered_map<std::string, std::uint32_t> ids;
  std::uint64_t position = 0;
  for (auto bytes = array.next_elements(); !bytes.empty(); bytes = array.next_elements()) {
    for (std::size_t at = 0; at < bytes.size(); at += header.item_bytes, ++position) {
      const auto item = bytes.subspan(at, header.item_bytes);
      const std::string text = header.kind == ElementKind::kUnicode
                                   ? text_of_unicode(item, header.is_big_endian)
                                   : text_of_bytes(item);
      if (text.empty()) {
        array.fail(fmt::format("{} is an empty string", array.index_of(position)),
                   "give every sample a label");
      }
      if (!is_utf8(text)) {
        array.fail(fmt::format("{} is no text in UTF-8", array.index_of(position)),
                   "save strings with y.astype('U')");
      }
      const auto [entry, is_new] =
          ids.emplace(text, static_cast<std::uint32_t>(answers.names.size()));
      if (is_new) answers.names.push_back(text);
      answers.ids.push_back(entry->second);
    }
  }
  return answers;
}

}  // namespace

Features read_features(NpyArray& array, const SampleLayout& layout) {
  const ArrayHeader& header = array.header();
  Odometer odometer = odometer_of(header, steps_of(header, layout));
  const std::uint64_t count = header.elements();
  if (header.kind == ElementKind::kUnsigned && header.item_bytes == 1) {
    require_room(array, count);
    ByteFeatures bytes(count);
    each_of<std::uint8_t>(array, [&](std::uint64_t /*position*/, std::uint8_t value) {
      bytes[odometer.place()] = value;
      odometer.advance();
    });
    return bytes;
  }
  require_room(array, count * sizeof(float));
  FloatFeatures floats(count);
  each_number(array, [&](std::uint64_t position, auto value) {
    floats[odometer.place()] = as_feature(array, position, value);
    odometer.advance();
  });
  return floats;
}

Features read_features_without(NpyArray& array, std::uint32_t column, NumberAnswers& answers) {
  const ArrayHeader& header = array.header();
  const std::uint64_t samples = header.shape[0], columns = header.shape[1];
  require_room(array, header.elements() * sizeof(float) + samples * sizeof(double));
  // The place of an element in the array tells its row and its column.
  Odometer odometer = odometer_of(header, {columns, 1});
  answers.values.resize(samples);
  const auto put_into = [&](auto& features, const auto& convert) {
    features.resize(samples * (columns - 1));
    each_number(array, [&](std::uint64_t position, auto value) {
      const std::uint64_t row = odometer.place() / columns, at = odometer.place() % columns;
      if (at == column) {
        answers.values[row] = as_answer(array, position, value);
      } else {
        features[row * (columns - 1) + at - (at > column ? 1 : 0)] = convert(position, value);
      }
      odometer.advance();
    });
  };
  if (header.kind == ElementKind::kUnsigned && header.item_bytes == 1) {
    ByteFeatures bytes;
    put_into(bytes, [](std::uint64_t /*position*/, auto value) {
      return static_cast<std::uint8_t>(value);
    });
    return bytes;
  }
  FloatFeatures floats;
  put_into(floats,
           [&](std::uint64_t position, auto value) { return as_feature(array, position, value); });
  return floats;
}

Answers read_answers(NpyArray& array) {
  const ArrayHeader& header = array.header();
  const std::uint64_t outputs = header.shape.size() == 2 ? header.shape[1] : 1;
  if (header.is_text()) {
    REGROW_CHECK(outputs == 1, "several strings a sample");
    return read_texts(array);
  }
  const std::uint64_t count = header.elements();
  require_room(array, count * sizeof(double));
  NumberAnswers answers;
  answers.outputs = static_cast<std::uint32_t>(outputs);
  answers.values.resize(count);
  Odometer odometer =
      odometer_of(header, header.shape.size() == 2 ? std::vector<std::uint64_t>{outputs, 1}
                                                   : std::vector<std::uint64_t>{1});
  each_number(array, [&](std::uint64_t position, auto value) {
    answers.values[odometer.place()] = as_answer(array, position, value);
    odometer.advance();
  });
  return answers;
}

}  // namespace regrow

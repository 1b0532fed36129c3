#include "readers/sample_rows.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "system/size_text.h"

namespace regrow {
namespace {

template <typename Number>
void append_row(const std::vector<Number>& from, std::size_t row, std::size_t features,
                std::vector<Number>& to) {
  const auto first = from.begin() + static_cast<std::ptrdiff_t>(row * features);
  to.insert(to.end(), first, first + static_cast<std::ptrdiff_t>(features));
}

void append_row(const SparseRows& from, std::size_t row, std::size_t /*features*/, SparseRows& to) {
  const auto first = static_cast<std::ptrdiff_t>(from.row_begin[row]);
  const auto last = static_cast<std::ptrdiff_t>(from.row_begin[row + 1]);
  to.columns.insert(to.columns.end(), from.columns.begin() + first, from.columns.begin() + last);
  to.values.insert(to.values.end(), from.values.begin() + first, from.values.begin() + last);
  to.row_begin.push_back(to.columns.size());
}

}  // namespace

PartedSamples parted(LabelledSamples&& samples, std::span<const std::uint32_t> ids,
                     std::size_t features) {
  PartedSamples parts;
  const LabelledSamples from = std::move(samples);
  const std::size_t outputs = from.targets.size() / from.size();
  std::visit(
      [&](const auto& kind) {
        using Kind = std::remove_cvref_t<decltype(kind)>;
        Kind chosen, others;
        auto next = ids.begin();
        for (std::size_t i = 0; i < from.size(); ++i) {
          const bool is_chosen = next != ids.end() && *next == i;
          if (is_chosen) ++next;
          append_row(kind, i, features, is_chosen ? chosen : others);
          LabelledSamples& to = is_chosen ? parts.chosen : parts.others;
          to.labels.push_back(from.labels[i]);
          append_row(from.targets, i, outputs, to.targets);
        }
        parts.chosen.features = std::move(chosen);
        parts.others.features = std::move(others);
      },
      from.features);
  return parts;
}

FloatFeatures as_floats(Features&& features, std::size_t of_a_sample) {
  if (auto* floats = std::get_if<FloatFeatures>(&features)) return std::move(*floats);
  if (const auto* bytes = std::get_if<ByteFeatures>(&features)) {
    return FloatFeatures(bytes->begin(), bytes->end());
  }
  const auto& rows = std::get<SparseRows>(features);
  FloatFeatures floats(rows.rows() * of_a_sample);
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    for (std::uint64_t i = rows.row_begin[row]; i < rows.row_begin[row + 1]; ++i) {
      floats[row * of_a_sample + rows.columns[i]] = rows.values[i];
    }
  }
  return floats;
}

std::string inputs_text(const ImageShape& shape) {
  if (shape.channels == 1 && shape.height == 1) return grouped(shape.width);
  return fmt::format("{} × {} × {}", shape.channels, shape.height, shape.width);
}

}  // namespace regrow

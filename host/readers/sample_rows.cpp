#include "readers/sample_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "system/size_text.h"

namespace regrow {
namespace {

/// Calls chosen(i) or other(i), in turn.
template <typename Chosen, typename Other>
void visit_rows(std::size_t rows, std::span<const std::uint32_t> ids, const Chosen& chosen,
                const Other& other) {
  auto next = ids.begin();
  for (std::size_t i = 0; i < rows; ++i) {
    if (next != ids.end() && *next == i) {
      ++next;
      chosen(i);
    } else {
      other(i);
    }
  }
}

/// The chosen rows of a matrix, whose others close up where they are: data of which there is much
/// is never there twice. rows: as many as `width` numbers each, of which there may be none.
template <typename Number>
std::vector<Number> take_rows(std::vector<Number>& from, std::size_t width,
                              std::span<const std::uint32_t> ids) {
  std::vector<Number> taken;
  taken.reserve(ids.size() * width);
  auto end = from.begin();
  const auto first_of = [&](std::size_t row) {
    return from.begin() + static_cast<std::ptrdiff_t>(row * width);
  };
  visit_rows(
      width > 0 ? from.size() / width : 0, ids,
      [&](std::size_t row) { taken.insert(taken.end(), first_of(row), first_of(row + 1)); },
      [&](std::size_t row) { end = std::copy(first_of(row), first_of(row + 1), end); });
  from.erase(end, from.end());
  return taken;
}

SparseRows take_rows(SparseRows& from, std::size_t /*width*/, std::span<const std::uint32_t> ids) {
  SparseRows taken;
  std::size_t stored = 0;
  for (const std::uint32_t id : ids) stored += from.row_begin[id + 1] - from.row_begin[id];
  taken.columns.reserve(stored);
  taken.values.reserve(stored);
  const std::vector<std::uint64_t> begin = std::move(from.row_begin);
  from.row_begin = {0};
  std::uint64_t end = 0;
  visit_rows(
      begin.size() - 1, ids,
      [&](std::size_t row) {
        for (std::uint64_t k = begin[row]; k < begin[row + 1]; ++k) {
          taken.columns.push_back(from.columns[k]);
          taken.values.push_back(from.values[k]);
        }
        taken.row_begin.push_back(taken.columns.size());
      },
      [&](std::size_t row) {
        for (std::uint64_t k = begin[row]; k < begin[row + 1]; ++k, ++end) {
          from.columns[end] = from.columns[k];
          from.values[end] = from.values[k];
        }
        from.row_begin.push_back(end);
      });
  from.columns.resize(end);
  from.values.resize(end);
  return taken;
}

}  // namespace

PartedSamples parted(LabelledSamples&& samples, std::span<const std::uint32_t> ids,
                     std::size_t features) {
  PartedSamples parts;
  parts.others = std::move(samples);
  LabelledSamples& others = parts.others;
  const std::size_t outputs = others.targets.size() / others.size();
  parts.chosen.features = std::visit(
      [&](auto& kind) { return Features(take_rows(kind, features, ids)); }, others.features);
  parts.chosen.labels = take_rows(others.labels, 1, ids);
  parts.chosen.targets = take_rows(others.targets, outputs, ids);
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

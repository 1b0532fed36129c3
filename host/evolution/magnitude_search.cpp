#include "evolution/magnitude_search.h"

#include <algorithm>

#include "regrow/error.h"

namespace regrow {
namespace {

constexpr std::uint32_t kDigitBits = 11;

}  // namespace

MagnitudeSearch::MagnitudeSearch(std::uint64_t count, std::uint32_t key_bits, std::size_t layers)
    : missing_(count), bits_left_(count > 0 ? key_bits : 0), key_bits_(key_bits), chosen_(layers) {}

std::optional<MagnitudeDigit> MagnitudeSearch::next() const {
  if (bits_left_ == 0) return std::nullopt;
  const std::uint32_t width = std::min(kDigitBits, bits_left_);
  return MagnitudeDigit{key_bits_, bits_left_ - width, width, prefix_};
}

void MagnitudeSearch::take(std::span<const LayerMeasures> measures) {
  const std::optional<MagnitudeDigit> digit = next();
  REGROW_CHECK(digit && measures.size() == chosen_.size(), "counts that were asked for");
  const std::uint64_t digits = std::uint64_t{1} << digit->width;
  const auto count_of = [&](std::size_t layer, std::uint64_t value) {
    const std::vector<std::uint64_t>& counts = measures[layer].magnitudes;
    return counts.empty() ? std::uint64_t{0} : counts[value];
  };
  bits_left_ = digit->shift;
  for (std::uint64_t value = 0; value < digits; ++value) {
    std::uint64_t size = 0;
    for (std::size_t l = 0; l < chosen_.size(); ++l) size += count_of(l, value);
    const bool has_the_last = missing_ <= size;
    // Of those that share the last one's digit, the digits below decide; equals go by layer.
    if (has_the_last && bits_left_ > 0) {
      prefix_ = prefix_ << digit->width | value;
      return;
    }
    for (std::size_t l = 0; l < chosen_.size(); ++l) {
      const std::uint64_t taken = std::min(missing_, count_of(l, value));
      chosen_[l] += taken;
      missing_ -= taken;
    }
    if (has_the_last) return;
  }
  REGROW_CHECK(false, "more magnitudes to choose than there are");
}

const std::vector<std::uint64_t>& MagnitudeSearch::chosen() const {
  REGROW_CHECK(bits_left_ == 0, "magnitudes are still to be counted");
  return chosen_;
}

}  // namespace regrow

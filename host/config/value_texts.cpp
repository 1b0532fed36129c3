#include "config/value_texts.h"

#include <fmt/format.h>

#include "base/numbers.h"
#include "config/setting_traits.h"

namespace regrow {
namespace {

std::optional<std::int64_t> integer_within(const std::string& text, std::int64_t lowest,
                                           std::int64_t highest) {
  std::int64_t value = 0;
  if (!parse_integer(text, value) || value < lowest || value > highest) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Validation> parse_validation(const std::string& text) {
  const std::string prefix = "holdout:";
  if (text == "test") return Validation{0, 0};
  if (!text.starts_with(prefix)) return std::nullopt;
  if (text.ends_with('%')) {
    double percent = 0;
    const std::string number = text.substr(prefix.size(), text.size() - prefix.size() - 1);
    if (!parse_real(number, percent) || percent <= 0 || percent >= 100) return std::nullopt;
    return Validation{0, percent / 100};
  }
  const auto count = integer_within(text.substr(prefix.size()), 1, kMostSamples);
  if (!count) return std::nullopt;
  return Validation{*count, 0};
}

std::string print_validation(const Validation& validation) {
  if (validation.is_test()) return "test";
  if (validation.share > 0) return fmt::format("holdout:{}%", print_real(validation.share * 100));
  return fmt::format("holdout:{}", validation.held_out);
}

std::optional<ImageSize> parse_image_size(const std::string& text) {
  constexpr std::int64_t kMostPixels = 4096;
  if (text.empty()) return ImageSize();
  const std::size_t cross = text.find('x');
  const auto height = integer_within(text.substr(0, cross), 1, kMostPixels);
  const auto width =
      cross == std::string::npos ? height : integer_within(text.substr(cross + 1), 1, kMostPixels);
  if (!height || !width) return std::nullopt;
  return ImageSize{static_cast<std::uint32_t>(*height), static_cast<std::uint32_t>(*width)};
}

std::string print_image_size(const ImageSize& size) {
  if (size == ImageSize()) return "";
  if (size.height == size.width) return fmt::format("{}", size.height);
  return fmt::format("{}x{}", size.height, size.width);
}

std::optional<InitialLoss> parse_initial_loss(const std::string& text) {
  if (text == "first") return InitialLoss{InitialLoss::Kind::kFirst, 0};
  if (text == "ln_classes") return InitialLoss{InitialLoss::Kind::kLnClasses, 0};
  double value = 0;
  if (!parse_real(text, value) || value <= 0) return std::nullopt;
  return InitialLoss{InitialLoss::Kind::kValue, value};
}

std::string print_initial_loss(const InitialLoss& loss) {
  switch (loss.kind) {
    case InitialLoss::Kind::kFirst:
      return "first";
    case InitialLoss::Kind::kLnClasses:
      return "ln_classes";
    case InitialLoss::Kind::kValue:
      break;
  }
  return print_real(loss.value);
}

std::optional<EpochSpan> parse_epoch_span(const std::string& text) {
  if (text.empty()) return EpochSpan();
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const auto first = integer_within(text.substr(0, colon), 0, kMostEpochs);
  if (!first) return std::nullopt;
  const auto last = integer_within(text.substr(colon + 1), *first, kMostEpochs);
  if (!last) return std::nullopt;
  return EpochSpan{*first, *last};
}

std::string print_epoch_span(const EpochSpan& span) {
  return span == EpochSpan() ? "" : fmt::format("{}:{}", span.first, span.last);
}

std::optional<CheckpointInterval> parse_checkpoint_interval(const std::string& text) {
  if (text == "auto") return CheckpointInterval();
  if (text.ends_with('s')) {
    double seconds = 0;
    if (!parse_real(text.substr(0, text.size() - 1), seconds) || seconds <= 0 ||
        seconds > kMostSeconds) {
      return std::nullopt;
    }
    return CheckpointInterval{0, seconds};
  }
  const auto epochs = integer_within(text, 1, kMostEpochs);
  if (!epochs) return std::nullopt;
  return CheckpointInterval{*epochs, 0};
}

std::string print_checkpoint_interval(const CheckpointInterval& interval) {
  if (interval.epochs > 0) return std::to_string(interval.epochs);
  return interval.seconds > 0 ? print_real(interval.seconds) + "s" : "auto";
}

std::optional<EvolutionInterval> parse_evolution_interval(const std::string& text) {
  if (text.ends_with('e')) {
    const auto epochs = integer_within(text.substr(0, text.size() - 1), 1, kMostEpochs);
    if (!epochs) return std::nullopt;
    return EvolutionInterval{*epochs, 0};
  }
  const auto steps = integer_within(text, 1, kMostSteps);
  if (!steps) return std::nullopt;
  return EvolutionInterval{0, *steps};
}

std::string print_evolution_interval(const EvolutionInterval& interval) {
  if (interval.steps > 0) return std::to_string(interval.steps);
  return fmt::format("{}e", interval.epochs);
}

}  // namespace regrow

#include "cpu/optimiser.h"

#include <algorithm>

namespace regrow::cpu {
namespace {

// Elements whose squares are one sum: fixed, as the order of summation decides the bits.
constexpr std::size_t kChunk = 4096;

std::size_t chunks_of(std::size_t count) { return (count + kChunk - 1) / kChunk; }

}  // namespace

Optimiser::Optimiser(const BackendOptions& options, const Kernels& kernels)
    : settings_(options.optimiser),
      clip_norm_(options.clip_norm),
      mode_(update_mode(options.optimiser, options.clip_norm)),
      batch_(options.batch_size),
      kernels_(kernels) {}

Sgd Optimiser::fused(float learning_rate) const {
  return {learning_rate, static_cast<float>(settings_.momentum),
          static_cast<float>(settings_.weight_decay), 1.0F / static_cast<float>(batch_)};
}

void Optimiser::prepare() {
  std::size_t chunks = 0;
  for (const Target& target : targets_) chunks += chunks_of(target.array->size());
  squares_.assign(clips() ? chunks : 0, 0.0);
}

void Optimiser::sum_squares(const Member& member) {
  const Range part = member.part(squares_.size());
  std::size_t first_chunk = 0;  // of the array
  for (const Target& target : targets_) {
    const std::size_t count = target.array->size(), chunks = chunks_of(count);
    const std::size_t end = std::min(part.last, first_chunk + chunks);
    for (std::size_t chunk = std::max(part.first, first_chunk); chunk < end; ++chunk) {
      const std::size_t first = (chunk - first_chunk) * kChunk;
      squares_[chunk] = kernels_.sum_of_squares(target.array->gradient() + first,
                                                std::min(kChunk, count - first));
    }
    first_chunk += chunks;
  }
}

float Optimiser::gradient_scale() const {
  if (!clips()) return 1.0F / static_cast<float>(batch_);
  double sum = 0;
  for (const double square : squares_) sum += square;
  return static_cast<float>(step::clip_factor(clip_norm_, sum / (batch_ * batch_)) / batch_);
}

void Optimiser::apply(const step::StepRates& rates, const Member& member) {
  const float scale = gradient_scale();
  for (const Target& target : targets_) {
    TrainedArray& array = *target.array;
    UpdateArgs args = {};
    args.values = array.values();
    for (std::size_t s = 0; s < array.slot_count(); ++s) args.slots[s] = array.slot(s);
    args.gradient = array.gradient();
    args.gradient_scale = scale;
    args.coefficients = step::coefficients<float>(settings_, target.decays);
    args.rates = rates;
    const std::size_t vectors = (array.size() + kBatchPadding - 1) / kBatchPadding;
    const Range part = member.part(vectors);
    kernels_.update(args, part.first * kBatchPadding,
                    std::min(part.last * kBatchPadding, array.size()));
  }
}

}  // namespace regrow::cpu

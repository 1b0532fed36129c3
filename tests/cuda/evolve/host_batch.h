// What a step leaves of a layer, made on the host: whole numbers, whose sums of products are exact
// in every order, so that equal scores are many and what must grow is certain.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

#include "cuda/evolve/evolve_layers.h"
#include "evolve/layer_batch.h"
#include "regrow/philox.h"

namespace regrow::cuda {

struct HostBatch {
  LayerShape shape;
  std::uint32_t samples = 0;
  std::vector<float> inputs;     // [inputs][samples]
  std::vector<float> gradients;  // [outputs][samples]

  double gradient(std::uint64_t cell) const {
    const float* const dz = gradients.data() + cell / shape.inputs * samples;
    const float* const x = inputs.data() + cell % shape.inputs * samples;
    double sum = 0;
    for (std::uint32_t s = 0; s < samples; ++s) sum += double{dz[s]} * x[s];
    return sum;
  }
  /// Σ_s |dz|·|x|: what rounding of a gradient is relative to.
  double magnitude(std::uint64_t cell) const {
    const float* const dz = gradients.data() + cell / shape.inputs * samples;
    const float* const x = inputs.data() + cell % shape.inputs * samples;
    double sum = 0;
    for (std::uint32_t s = 0; s < samples; ++s) sum += std::abs(double{dz[s]} * x[s]);
    return sum;
  }
};

/// Whole numbers from −most to most, at most 256, which a BFloat16 holds.
inline HostBatch whole_batch(std::uint64_t seed, const LayerShape& shape, std::uint32_t samples,
                             std::uint32_t most = 3) {
  HostBatch batch = {shape, samples, {}, {}};
  const auto draw = [&](std::uint32_t stream, std::size_t count, std::vector<float>& values) {
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t bits = random_block(seed, Purpose::kSynthetic, stream, 0, i)[0];
      values.push_back(static_cast<float>(bits % (2 * most + 1)) - static_cast<float>(most));
    }
  };
  draw(3, std::size_t{shape.inputs} * samples, batch.inputs);
  draw(4, std::size_t{shape.outputs} * samples, batch.gradients);
  return batch;
}

template <typename Value>
Value stored(float value) {
  if constexpr (std::is_same_v<Value, float>) {
    return value;
  } else {
    return {static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(value) >> 16)};
  }
}

/// On the device. As after a step, the pad of the gradients is 0 and that of the inputs is not.
template <typename Value>
class DeviceBatch {
 public:
  DeviceBatch(const HostBatch& batch, const Stream& stream)
      : ld_((batch.samples + 7) / 8 * 8),
        samples_(batch.samples),
        inputs_(padded(batch.inputs, batch.samples, 7, stream)),
        gradients_(padded(batch.gradients, batch.samples, 0, stream)) {}

  LayerBatch view() const {
    return BatchOf<Value>{inputs_.data(), gradients_.data(), ld_, samples_};
  }

 private:
  DeviceArray<Value> padded(const std::vector<float>& values, std::uint32_t samples, float pad,
                            const Stream& stream) const {
    std::vector<Value> rows(values.size() / samples * ld_, stored<Value>(pad));
    for (std::size_t i = 0; i < values.size(); ++i) {
      rows[i / samples * ld_ + i % samples] = stored<Value>(values[i]);
    }
    return {std::span<const Value>(rows), "a batch", stream};
  }

  std::uint32_t ld_;
  std::uint32_t samples_;
  DeviceArray<Value> inputs_, gradients_;
};

/// Calls body(a float), body(a BFloat16).
template <typename Body>
void for_both_storages(Body body) {
  {
    SCOPED_TRACE("fp32");
    body(float{});
  }
  {
    SCOPED_TRACE("bf16");
    body(BFloat16{});
  }
}

}  // namespace regrow::cuda

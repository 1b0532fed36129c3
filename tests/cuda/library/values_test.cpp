// Gathering and scattering the values of connections.
#include "library/values.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "cuda/library/thread_orders.h"

namespace regrow::cuda {
namespace {

// More than one block, not a whole number of them; the last is more than one stride of the kernel.
const std::size_t kCounts[] = {0, 1, 31, 256, 257, 2048 * 256 + 5};

template <typename T>
DeviceArray<T> on_device(const std::vector<T>& values, const Stream& stream) {
  return {std::span<const T>(values), "values", stream};
}

template <typename Index>
void expect_gathers(std::size_t count) {
  std::vector<Index> from(count);
  std::vector<float> values(2 * count + 1);
  for (std::size_t k = 0; k < count; ++k) from[k] = static_cast<Index>(2 * (count - k));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 1000003);
  for_each_order([&] {
    const Stream stream;
    const DeviceArray<Index> device_from = on_device(from, stream);
    const DeviceArray<float> device_values = on_device(values, stream);
    DeviceArray<float> gathered(count + 1, "gathered", stream);
    gathered.zero();
    gather_values(count, device_from.data(), device_values.data(), gathered.data(), stream);
    const std::vector<float> result = gathered.download();
    for (std::size_t k = 0; k < count; ++k) ASSERT_EQ(result[k], values[from[k]]) << k;
    EXPECT_EQ(result[count], 0) << "beyond the end";
  });
}

TEST(LibraryValues, AreGatheredByPosition) {
  for (const std::size_t count : kCounts) expect_gathers<std::uint32_t>(count);
}

TEST(LibraryValues, AreGatheredByCell) {
  for (const std::size_t count : kCounts) expect_gathers<std::uint64_t>(count);
}

TEST(LibraryValues, AreScatteredToTheirCellsAlone) {
  for (const std::size_t count : kCounts) {
    const std::size_t cell_count = 3 * count + 2;
    for (const bool masked : {true, false}) {
      std::vector<std::uint64_t> cells(count);
      std::vector<float> weights(count), momentum(count);
      std::vector<float> expected_weights(cell_count), expected_momentum(cell_count);
      std::vector<std::uint8_t> expected_mask(cell_count);
      for (std::size_t k = 0; k < count; ++k) {
        cells[k] = 3 * k + 1;
        weights[k] = static_cast<float>(k + 1);
        momentum[k] = -weights[k];
        expected_weights[cells[k]] = weights[k];
        expected_momentum[cells[k]] = momentum[k];
        if (masked) expected_mask[cells[k]] = 1;
      }
      for_each_order([&] {
        const Stream stream;
        Connections connections;
        connections.count = count;
        connections.cells = on_device(cells, stream);
        connections.weights.values = on_device(weights, stream);
        connections.weights.slots.push_back(on_device(momentum, stream));
        DeviceArray<float> dense_weights(cell_count, "weights", stream);
        DeviceArray<float> dense_momentum(cell_count, "momentum", stream);
        DeviceArray<std::uint8_t> mask(cell_count, "mask", stream);
        dense_weights.zero();
        dense_momentum.zero();
        mask.zero();
        scatter_connections(
            connections,
            {{dense_weights.data(), {dense_momentum.data()}}, masked ? mask.data() : nullptr},
            stream);
        EXPECT_EQ(dense_weights.download(), expected_weights);
        EXPECT_EQ(dense_momentum.download(), expected_momentum);
        EXPECT_EQ(mask.download(), expected_mask);
      });
    }
  }
}

TEST(LibraryValues, AreClearedWhereTheMaskIsZero) {
  for (const std::size_t count : kCounts) {
    std::vector<std::uint8_t> mask(count);
    std::vector<float> expected(count);
    for (std::size_t i = 0; i < count; i += 3) {
      mask[i] = 1;
      expected[i] = 7;
    }
    for_each_order([&] {
      const Stream stream;
      const DeviceArray<std::uint8_t> device_mask = on_device(mask, stream);
      DeviceArray<float> values = on_device(std::vector<float>(count, 7), stream);
      clear_unmasked(count, device_mask.data(), values.data(), stream);
      EXPECT_EQ(values.download(), expected);
    });
  }
}

}  // namespace
}  // namespace regrow::cuda

// Gradients of cells and strengths of neurons against sums in double, on shapes at the edges of
// what a warp and a tile take.
#include "evolve/score.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cuda/evolve/host_batch.h"
#include "evolve/strengths.h"

namespace regrow::cuda {
namespace {

constexpr LayerShape kShapes[] = {{2, 1, 1},   {2, 1, 9},  {2, 9, 1},
                                  {2, 300, 1}, {2, 33, 2}, {2, 131, 130}};
constexpr std::uint32_t kBatches[] = {1, 3, 8, 100, 130};

CellList every(const LayerShape& shape, std::uint64_t step = 1) {
  CellList cells;
  for (std::uint64_t cell = 0; cell < std::uint64_t{shape.inputs} * shape.outputs; cell += step) {
    cells.push_back(cell);
  }
  return cells;
}

/// Of any floats, not of whole numbers: with rounding.
HostBatch rounded_batch(const LayerShape& shape, std::uint32_t samples) {
  HostBatch batch = whole_batch(5, shape, samples, 100);
  for (float& value : batch.inputs) value *= 0x1.8p-7F;      // exact in a BFloat16, but its
  for (float& value : batch.gradients) value *= 0x1.4p-19F;  // products' sums are none of a float
  return batch;
}

TEST(CudaScore, GradientsOfCellsAreThoseOfALoop) {
  const Stream stream;
  for (const LayerShape& shape : kShapes) {
    for (const std::uint32_t samples : kBatches) {
      SCOPED_TRACE(testing::Message() << shape.inputs << " x " << shape.outputs << ", " << samples);
      const CellList cells = every(shape, shape.inputs > 100 ? 7 : 1);
      const Cells on_device = upload_cells(cells, stream);
      const HostBatch batch = rounded_batch(shape, samples);
      for_both_storages([&]<typename Value>(Value) {
        HostBatch kept = batch;
        for (std::vector<float>* const values : {&kept.inputs, &kept.gradients}) {
          if constexpr (!std::is_same_v<Value, float>) {
            for (float& value : *values) {
              value = std::bit_cast<float>(std::uint32_t{stored<Value>(value).bits} << 16);
            }
          }
        }
        const DeviceBatch<Value> device_batch(kept, stream);
        DeviceArray<float> gradients(cells.size(), "gradients", stream);
        gradients_of_cells(device_batch.view(), shape.inputs, set_of(on_device), gradients.data(),
                           stream);
        const std::vector<float> found = gradients.download();
        for (std::size_t i = 0; i < cells.size(); ++i) {
          // At most one rounding of a fused product and sum for each sample and lane.
          const double tolerance = (samples + 8) * 0x1p-24 * kept.magnitude(cells[i]);
          ASSERT_NEAR(found[i], kept.gradient(cells[i]), tolerance) << cells[i];
        }
      });
    }
  }
}

TEST(CudaScore, StrengthsAreThoseOfALoop) {
  const Stream stream;
  for (const LayerShape& shape : kShapes) {
    for (const std::uint32_t samples : kBatches) {
      for (const CandidateLaw law : {CandidateLaw::kGraBo, CandidateLaw::kGraEst}) {
        SCOPED_TRACE(testing::Message() << shape.inputs << " x " << shape.outputs << ", " << samples
                                        << ", " << static_cast<int>(law));
        const StrengthRequest request = {law, 77, 5};
        const HostBatch batch = whole_batch(6, shape, samples, 200);
        const auto expected = [&](const std::vector<float>& values) {
          std::vector<double> strengths;
          for (std::size_t first = 0; first < values.size(); first += samples) {
            double sum = 0;
            for (std::uint32_t s = 0; s < samples; ++s) {
              const double value = values[first + s];
              const float sign = projection_sign(77, shape.index, 5, s);
              sum += law == CandidateLaw::kGraBo ? std::abs(value) : sign * value;
            }
            strengths.push_back(std::abs(sum));
          }
          return strengths;
        };
        for_both_storages([&]<typename Value>(Value) {
          const DeviceBatch<Value> device_batch(batch, stream);
          DeviceArray<double> inputs(shape.inputs, "strengths", stream);
          DeviceArray<double> outputs(shape.outputs, "strengths", stream);
          neuron_strengths(device_batch.view(), shape, request, inputs.data(), outputs.data(),
                           stream);
          // Exactly: sums of whole numbers.
          EXPECT_EQ(inputs.download(), expected(batch.inputs));
          EXPECT_EQ(outputs.download(), expected(batch.gradients));
        });
      }
    }
  }
}

}  // namespace
}  // namespace regrow::cuda

// Matrices of up to 4 GiB and rows whose connections are the last that 32 bits count, without the
// memory: address space is reserved, and only what a kernel may touch is there.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cuda/step/step_support.h"
#include "step/backward.h"
#include "step/forward.h"
#include "step/weight_gradient.h"

namespace regrow::cuda {
namespace {

using namespace testing;

constexpr std::size_t kPage = 4096;

/// An array of whose elements only those that were written are there: others are no memory.
template <typename T>
class SparseArray {
 public:
  explicit SparseArray(std::size_t size)
      : bytes_((size * sizeof(T) / kPage + 1) * kPage),
        data_(static_cast<T*>(mmap(nullptr, bytes_, PROT_NONE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))) {}
  ~SparseArray() { munmap(data_, bytes_); }
  SparseArray(const SparseArray&) = delete;
  SparseArray& operator=(const SparseArray&) = delete;

  T* data() { return data_; }
  bool exists() const { return data_ != MAP_FAILED; }
  void write(std::size_t first, const std::vector<T>& values) {
    const std::size_t begin = first * sizeof(T) / kPage * kPage;
    const std::size_t end = (first + values.size()) * sizeof(T);
    ASSERT_EQ(mprotect(reinterpret_cast<char*>(data_) + begin, end - begin, PROT_READ | PROT_WRITE),
              0);
    std::copy(values.begin(), values.end(), data_ + first);
  }

 private:
  std::size_t bytes_;
  T* data_;
};

template <typename Value>
class FarMatrix : public ::testing::Test {};
using Values = ::testing::Types<float, BFloat16>;
TYPED_TEST_SUITE(FarMatrix, Values);

// One neuron with connections to rows on both sides of 2 GiB and to the last before 4 GiB.
TYPED_TEST(FarMatrix, HasEveryRowWithinReach) {
  using Value = TypeParam;
  constexpr std::uint32_t kLd = 136;  // two tiles
  constexpr auto kRows = static_cast<std::uint32_t>(kMostMatrixBytes / (kLd * sizeof(Value)));
  const std::vector<std::uint32_t> ends = {0, kRows / 2 - 1, kRows / 2, kRows / 2 + 1, kRows - 1};
  const auto count = static_cast<std::uint32_t>(ends.size());
  SparseArray<Value> matrix(std::size_t{kRows} * kLd);
  ASSERT_TRUE(matrix.exists());
  Random random(3);
  std::vector<float> rows;  // [ends][kLd]
  for (const std::uint32_t end : ends) {
    const std::vector<float> row = as_stored<Value>(random.values(kLd));
    matrix.write(std::size_t{end} * kLd, narrowed<Value>(row));
    rows.insert(rows.end(), row.begin(), row.end());
  }
  const std::vector<float> weights = random.values(count);
  const std::vector<float> own = as_stored<Value>(random.values(kLd));

  const Stream stream;
  const auto begin = on_device(std::vector<std::uint32_t>{0, count}, stream);
  const auto columns = on_device(ends, stream);
  const auto positions = on_device(std::vector<std::uint32_t>{0, 1, 2, 3, 4}, stream);
  auto device_weights = on_device(weights, stream);
  auto momentum = on_device(std::vector<float>(count), stream);
  auto biases = on_device(std::vector<float>(2), stream);
  DeviceMatrix<Value> own_row(own, stream), forwards(1, kLd, stream), backwards(1, kLd, stream);
  const RowView by_row = {1,
                          kRows,
                          begin.data(),
                          columns.data(),
                          {device_weights.data(), {momentum.data()}},
                          {biases.data(), {biases.data() + 1}}};
  Activation identity;
  identity.slope = 1;
  forward<Value>(by_row, identity, nullptr, kLd, matrix.data(), forwards.data(), nullptr, stream);
  backward_input<Value>({1, begin.data(), columns.data(), positions.data(), device_weights.data()},
                        identity, kLd, matrix.data(), own_row.data(), nullptr, backwards.data(),
                        stream);
  const std::vector<float> forward_sums = forwards.download(), backward_sums = backwards.download();
  for (std::uint32_t s = 0; s < kLd; ++s) {
    Expected sum;
    for (std::uint32_t k = 0; k < count; ++k) sum.add(double{weights[k]} * rows[k * kLd + s]);
    expect_close<Value>(forward_sums[s], sum, place(0, s));
    expect_close<Value>(backward_sums[s], sum, place(0, s));
  }

  const TestOutput no_output = random_output(1, 1, random);
  DeviceOutput output(no_output, stream);
  const auto losses = on_device(std::vector<float>(1), stream);
  const auto hits = on_device(std::vector<std::uint32_t>(1), stream);
  auto sums = on_device(std::vector<StepSums>(1), stream);
  auto state = on_device(std::vector{StepState{0, 0, 0, {1}}}, stream);
  const std::vector<LayerGradient<Value>> layers = {{by_row, matrix.data(), own_row.data()}};
  fused_update<Value>(layers, {output.view(), own_row.data(), own_row.data()}, {0, 0}, kLd,
                      {losses.data(), hits.data(), 1, sums.data(), state.data()}, stream);
  const std::vector<float> changes = momentum.download();
  for (std::uint32_t k = 0; k < count; ++k) {
    Expected gradient;
    for (std::uint32_t s = 0; s < kLd; ++s) gradient.add(double{own[s]} * rows[k * kLd + s]);
    expect_close<float>(changes[k], gradient.times(-1), "of connection " + std::to_string(k));
  }
}

// A layer may have 2^32 − 1 connections; the numbers of the last row's must not wrap around.
TEST(FarConnections, AreUpdatedOnce) {
  constexpr std::uint32_t kLast = 0xFFFFFFFF, kCount = 100, kFirst = kLast - kCount;
  constexpr std::uint32_t kLd = 8;
  SparseArray<std::uint32_t> columns(kLast);
  SparseArray<float> weights(kLast), momentum(kLast);
  ASSERT_TRUE(columns.exists() && weights.exists() && momentum.exists());
  columns.write(kFirst, std::vector<std::uint32_t>(kCount));
  weights.write(kFirst, std::vector<float>(kCount, 1));
  momentum.write(kFirst, std::vector<float>(kCount));

  const Stream stream;
  Random random(4);
  const auto begin = on_device(std::vector<std::uint32_t>{kFirst, kLast}, stream);
  auto biases = on_device(std::vector<float>(2), stream);
  DeviceMatrix<float> ones(std::vector<float>(kLd, 1), stream);
  DeviceOutput output(random_output(1, 1, random), stream);
  const auto losses = on_device(std::vector<float>(1), stream);
  const auto hits = on_device(std::vector<std::uint32_t>(1), stream);
  auto sums = on_device(std::vector<StepSums>(1), stream);
  auto state = on_device(std::vector{StepState{0, 0, 0, {0.5F}}}, stream);
  const RowView layer = {1,
                         1,
                         begin.data(),
                         columns.data(),
                         {weights.data(), {momentum.data()}},
                         {biases.data(), {biases.data() + 1}}};
  const std::vector<LayerGradient<float>> layers = {{layer, ones.data(), ones.data()}};
  fused_update<float>(layers, {output.view(), ones.data(), ones.data()}, {0, 0}, kLd,
                      {losses.data(), hits.data(), 1, sums.data(), state.data()}, stream);
  stream.synchronize();
  for (std::uint32_t k = kFirst; k < kLast; ++k) {
    EXPECT_EQ(weights.data()[k], 1 - 0.5F * kLd) << k - kFirst;
  }
}

}  // namespace
}  // namespace regrow::cuda

// Matrices of up to 4 GiB, data sets of more features than 32 bits count, and rows whose
// connections are the last that 32 bits count, without the memory: address space is reserved, and
// only what a kernel may touch is there.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cuda/step/step_support.h"
#include "step/backward.h"
#include "step/forward.h"
#include "step/load_batch.h"
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

/// Input [feature][s] of the first `count` samples that `samples` names, of wide data.
std::vector<float> loaded(const FeatureSource& features, std::uint32_t width,
                          const std::vector<std::uint32_t>& samples, std::uint16_t* labels) {
  constexpr std::uint32_t kLd = 8;
  const Stream stream;
  const auto device_samples = on_device(samples, stream);
  BatchSource source;
  source.features = features;
  source.labels = labels;
  source.samples = device_samples.data();
  source.shape = {1, 1, width};
  DeviceMatrix<float> input(width, kLd, stream);
  DeviceArray<std::uint16_t> batch_labels(kLd, "labels", stream);
  load_batch<float>(source, nullptr, 0, static_cast<std::uint32_t>(samples.size()), kLd,
                    input.data(), batch_labels.data(), stream);
  return input.download();
}

// Sample · features is beyond 32 bits, and so is where a sparse row begins.
TEST(FarSamples, AreReadWhereTheyAre) {
  constexpr std::uint32_t kWidth = 70'001, kLd = 8, kStored = 9;
  constexpr std::size_t kNear = 2, kFar = 65'000;
  constexpr std::uint64_t kFarRow = (std::uint64_t{1} << 32) + 5;
  const std::vector<std::uint32_t> samples = {kFar, kNear};
  SparseArray<std::uint8_t> bytes((kFar + 1) * kWidth);
  SparseArray<float> floats((kFar + 1) * kWidth), values(kFarRow + kStored);
  SparseArray<std::uint32_t> columns(kFarRow + kStored);
  SparseArray<std::uint16_t> labels(kFar + 1);
  ASSERT_TRUE(bytes.exists() && floats.exists() && values.exists() && columns.exists() &&
              labels.exists());

  Random random(5);
  std::vector<float> rows;  // [samples][kWidth]
  for (const std::size_t sample : {kFar, kNear}) {
    std::vector<std::uint8_t> row(kWidth);
    for (std::uint8_t& value : row) value = static_cast<std::uint8_t>(random.below(256));
    bytes.write(sample * kWidth, row);
    floats.write(sample * kWidth, {row.begin(), row.end()});
    labels.write(sample, {1});
    rows.insert(rows.end(), row.begin(), row.end());
  }
  const Stream stream;
  const auto byte_laws = on_device(std::vector(kWidth, step::byte_law(0, 2)), stream);
  const auto float_laws = on_device(std::vector(kWidth, step::float_law(0, 2)), stream);
  const auto check = [&](const char* kind, const FeatureSource& source, const auto& value) {
    const std::vector<float> got = loaded(source, kWidth, samples, labels.data());
    for (std::size_t f = 0; f < kWidth; ++f) {
      for (std::size_t s = 0; s < samples.size(); ++s) {
        ASSERT_EQ(got[f * kLd + s], value(s, f) / 2) << kind << place(f, s);
      }
    }
  };
  const auto dense = [&](std::size_t s, std::size_t f) { return rows[s * kWidth + f]; };
  check("bytes ", ByteSource{bytes.data(), byte_laws.data()}, dense);
  check("floats ", FloatSource{floats.data(), float_laws.data()}, dense);

  std::vector<std::uint32_t> stored;
  for (std::uint32_t k = 0; k < kStored; ++k) stored.push_back(k * (kWidth - 1) / (kStored - 1));
  columns.write(0, stored);
  columns.write(kFarRow, stored);
  const std::vector<float> near = random.values(kStored), far = random.values(kStored);
  values.write(0, near);
  values.write(kFarRow, far);
  std::vector<std::uint64_t> row_begin(kFar + 2, kStored);
  std::fill(row_begin.begin(), row_begin.begin() + kNear + 1, 0);
  row_begin[kFar] = kFarRow;
  row_begin[kFar + 1] = kFarRow + kStored;
  const auto device_begin = on_device(row_begin, stream);
  check("sparse rows ",
        SparseSource{device_begin.data(), columns.data(), values.data(), float_laws.data()},
        [&](std::size_t s, std::size_t f) {
          const auto found = std::find(stored.begin(), stored.end(), f);
          return found == stored.end() ? 0 : (s == 0 ? far : near)[found - stored.begin()];
        });
}

}  // namespace
}  // namespace regrow::cuda

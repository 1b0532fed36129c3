// The one file that includes Thrust. Scratch memory comes from the stream that the work runs on.
#include <thrust/execution_policy.h>
#include <thrust/iterator/constant_iterator.h>
#include <thrust/iterator/counting_iterator.h>
#include <thrust/iterator/transform_iterator.h>
#include <thrust/reduce.h>
#include <thrust/scan.h>
#include <thrust/sort.h>
#include <thrust/system_error.h>
#include <thrust/unique.h>

#include <string>

#include "common/algorithms.h"
#include "regrow/error.h"
#if defined(REGROW_CUDA_EMULATED)
#include "common/emulation/stream.h"
#endif

namespace regrow::cuda {
namespace {

#if !defined(REGROW_CUDA_EMULATED)
// Scratch memory in the order of the stream: what Thrust frees, no later work sees freed too early.
class ScratchAllocator {
 public:
  using value_type = char;

  explicit ScratchAllocator(const Stream& stream) : stream_(&stream) {}
  char* allocate(std::ptrdiff_t bytes) {
    return static_cast<char*>(
        allocate_bytes(static_cast<std::size_t>(bytes), "scratch of a sort or scan", *stream_));
  }
  void deallocate(char* bytes, std::size_t) noexcept { free_bytes(bytes, *stream_); }

 private:
  const Stream* stream_;
};
#endif

// Calls work(policy) with the policy that runs on the stream without waiting for it; in the
// emulation when the stream's turn comes. `work` holds what it needs by value.
template <typename Work>
void run_on(const Stream& stream, [[maybe_unused]] const char* what, Work work) {
#if defined(REGROW_CUDA_EMULATED)
  emulation::enqueue(stream.get(), [work] { work(thrust::cpp::par); });
#else
  try {
    ScratchAllocator allocator(stream);
    work(thrust::cuda::par_nosync(allocator).on(static_cast<cudaStream_t>(stream.get())));
  } catch (const thrust::system_error& error) {
    throw Error(std::string("the GPU failed in ") + what + ": " + error.what());
  }
#endif
}

// values[i], and 0 behind the last: the scan's total then needs no step of its own.
struct ValueOrZero {
  const std::uint32_t* values;
  std::size_t count;

  __host__ __device__ std::uint64_t operator()(std::size_t i) const {
    return i < count ? values[i] : 0;
  }
};

}  // namespace

// Keys of a primitive type and the default order make Thrust take its radix sort.
void sort(std::uint64_t* keys, std::size_t count, const Stream& stream) {
  if (count == 0) return;
  run_on(stream, "a sort", [=](const auto& policy) { thrust::sort(policy, keys, keys + count); });
}

void sort_by_key(std::uint32_t* keys, std::uint32_t* values, std::size_t count,
                 const Stream& stream) {
  if (count == 0) return;
  run_on(stream, "a sort by key", [=](const auto& policy) {
    thrust::stable_sort_by_key(policy, keys, keys + count, values);
  });
}

void exclusive_scan(const std::uint32_t* values, std::size_t count, std::uint64_t* sums,
                    const Stream& stream) {
  const auto padded = thrust::make_transform_iterator(thrust::counting_iterator<std::size_t>(0),
                                                      ValueOrZero{values, count});
  run_on(stream, "a scan", [=](const auto& policy) {
    thrust::exclusive_scan(policy, padded, padded + static_cast<std::ptrdiff_t>(count + 1), sums,
                           std::uint64_t{0});
  });
}

std::size_t unique(const std::uint64_t* sorted, std::size_t count, std::uint64_t* distinct,
                   const Stream& stream) {
  if (count == 0) return 0;
  std::size_t found = 0;
  run_on(stream, "a count of distinct cells", [=, &found](const auto& policy) {
    found = static_cast<std::size_t>(thrust::unique_copy(policy, sorted, sorted + count, distinct) -
                                     distinct);
  });
  stream.synchronize();
  return found;
}

std::size_t run_lengths(const std::uint64_t* sorted_cells, std::size_t count,
                        std::uint64_t* distinct, std::uint32_t* lengths, const Stream& stream) {
  if (count == 0) return 0;
  std::size_t runs = 0;
  run_on(stream, "a count of runs", [=, &runs](const auto& policy) {
    const auto ends =
        thrust::reduce_by_key(policy, sorted_cells, sorted_cells + count,
                              thrust::constant_iterator<std::uint32_t>(1), distinct, lengths);
    runs = static_cast<std::size_t>(ends.first - distinct);
  });
  stream.synchronize();
  return runs;
}

}  // namespace regrow::cuda

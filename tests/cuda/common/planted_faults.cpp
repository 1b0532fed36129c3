// Kernels with one fault each, and two without. The argument picks one; what the sanitizers see
// they report themselves, and wrong values are said in a line and an exit status of 1.
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/kernel.h"

namespace {

using regrow::emulation::Order;
using regrow::emulation::run_now;

constexpr unsigned kThreads = 64;

template <typename T>
__global__ void missing_barrier_kernel(T* out) {
  __shared__ T tile[kThreads];
  tile[threadIdx.x] = static_cast<T>(threadIdx.x);
  out[threadIdx.x] = tile[kThreads - 1 - threadIdx.x];
}

__global__ void missing_second_barrier_kernel(const int* in, int* out) {
  __shared__ int tile[kThreads];
  int sum = 0;
  for (unsigned k = 0; k < 4; ++k) {
    tile[threadIdx.x] = in[k * kThreads + threadIdx.x];
    __syncthreads();
    for (const int value : tile) sum += value;
  }
  out[threadIdx.x] = sum;
}

__global__ void shuffle_as_barrier_kernel(int* out) {
  __shared__ int tile[32];
  tile[threadIdx.x] = static_cast<int>(threadIdx.x);
  const auto one = static_cast<unsigned>(__shfl_sync(0xFFFFFFFFU, 1, 0));
  out[threadIdx.x] = tile[(threadIdx.x + one) % 32];
}

__global__ void syncwarp_kernel(int* out) {
  __shared__ int tile[kThreads];
  tile[threadIdx.x] = static_cast<int>(threadIdx.x);
  __syncwarp();
  out[threadIdx.x] = tile[threadIdx.x ^ 1U];
}

__global__ void cross_block_kernel(int* out) {
  if (threadIdx.x == 0) *out = static_cast<int>(blockIdx.x);
}

__global__ void plain_sum_kernel(int* out) { *out += 1; }

__global__ void atomic_sum_kernel(int* out) { atomicAdd(out, 1); }

__global__ void uninitialised_kernel(float* out) {
  __shared__ float tile[kThreads];
  if (threadIdx.x < 32) tile[threadIdx.x] = 1;
  __syncthreads();
  out[threadIdx.x] = tile[threadIdx.x];
}

__global__ void uninitialised_dynamic_kernel(float* out) {
  REGROW_DYNAMIC_SHARED(float, tile);
  if (threadIdx.x < 32) tile[threadIdx.x] = 1;
  __syncthreads();
  out[threadIdx.x] = tile[threadIdx.x];
}

// Through a pointer, so that only the memory itself can tell.
__device__ void write_next(float* tile) { tile[threadIdx.x + 1] = 1; }

__global__ void out_of_bounds_kernel(float* out) {
  __shared__ float tile[kThreads];
  float* volatile hidden = tile;
  write_next(hidden);
  __syncthreads();
  out[threadIdx.x] = tile[threadIdx.x];
}

__global__ void out_of_bounds_dynamic_kernel(float* out) {
  REGROW_DYNAMIC_SHARED(float, tile);
  write_next(tile);
  __syncthreads();
  out[threadIdx.x] = tile[threadIdx.x];
}

__global__ void out_of_bounds_global_kernel(float* out) { out[threadIdx.x + 1] = 1; }

// Each returns what the kernel computes.
using Values = std::vector<double>;

template <typename T>
Values to_values(const std::vector<T>& out) {
  return {out.begin(), out.end()};
}

template <typename T, typename Kernel>
Values run(Kernel kernel, unsigned blocks, unsigned threads, std::size_t outputs,
           std::size_t shared_bytes = 0) {
  std::vector<T> out(outputs);
  run_now(kernel, blocks, threads, shared_bytes, out.data());
  return to_values(out);
}

Values run_missing_second_barrier() {
  std::vector<int> in(4 * kThreads), out(kThreads);
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<int>(i);
  run_now(missing_second_barrier_kernel, 1, kThreads, 0, in.data(), out.data());
  return to_values(out);
}

Values numbers(std::size_t count, const std::function<double(unsigned)>& value) {
  Values values;
  for (unsigned i = 0; i < count; ++i) values.push_back(value(i));
  return values;
}

struct Case {
  std::function<Values()> run;
  Values right;
};

const std::map<std::string, Case>& cases() {
  constexpr std::size_t kBytes = kThreads * sizeof(float);
  static const std::map<std::string, Case> all = {
      {"missing_barrier",
       {[] { return run<int>(missing_barrier_kernel<int>, 1, kThreads, kThreads); },
        numbers(kThreads, [](unsigned i) { return kThreads - 1.0 - i; })}},
      {"missing_second_barrier", {run_missing_second_barrier, Values(kThreads, 255 * 128)}},
      {"shuffle_as_barrier",
       {[] { return run<int>(shuffle_as_barrier_kernel, 1, 32, 32); },
        numbers(32, [](unsigned i) { return (i + 1) % 32; })}},
      {"cross_block", {[] { return run<int>(cross_block_kernel, 8, kThreads, 1); }, Values(1, 7)}},
      {"plain_sum",
       {[] { return run<int>(plain_sum_kernel, 1, kThreads, 1); }, Values(1, kThreads)}},
      {"uninitialised",
       {[] { return run<float>(uninitialised_kernel, 2, kThreads, kThreads); },
        Values(kThreads, 0)}},
      {"uninitialised_dynamic",
       {[] { return run<float>(uninitialised_dynamic_kernel, 2, kThreads, kThreads, kBytes); },
        Values(kThreads, 0)}},
      {"out_of_bounds",
       {[] { return run<float>(out_of_bounds_kernel, 1, kThreads, kThreads); }, {}}},
      {"out_of_bounds_dynamic",
       {[] { return run<float>(out_of_bounds_dynamic_kernel, 1, kThreads, kThreads, kBytes); },
        {}}},
      {"out_of_bounds_global",
       {[] { return run<float>(out_of_bounds_global_kernel, 1, kThreads, kThreads); }, {}}},
      {"right_syncwarp",
       {[] { return run<int>(syncwarp_kernel, 1, kThreads, kThreads); },
        numbers(kThreads, [](unsigned i) { return i ^ 1U; })}},
      {"right_atomics",
       {[] { return run<int>(atomic_sum_kernel, 8, kThreads, 1); }, Values(1, 8 * kThreads)}},
  };
  return all;
}

}  // namespace

// planted_faults CASE WORKERS: in every order of threads.
int main(int count, char** arguments) {
  if (count != 3 || !cases().contains(arguments[1])) return 2;
  const Case& chosen = cases().at(arguments[1]);
  regrow::emulation::options.workers = static_cast<unsigned>(std::stoul(arguments[2]));
  bool right = true;
  for (const Order order : {Order::kForward, Order::kReverse, Order::kRandom}) {
    regrow::emulation::options.order = order;
    const Values values = chosen.run();
    right = right && (chosen.right.empty() || values == chosen.right);
  }
  std::puts(right ? "values are right" : "values are wrong");
  return right ? 0 : 1;
}

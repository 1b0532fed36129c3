// Compiles the kernels once per instruction set (Highway's foreach_target) and chooses at run time.
// Only the sets that the program offers are built: AVX-512, AVX2 with FMA, and Highway's baseline
// of four lanes. Newer releases of Highway know better ones than AVX-512 (lower bits): disabled
// too.
#include "cpu/kernels.h"

#include <mutex>
#include <string>

#include "regrow/error.h"

// g++ 12.2 miscompiles vectorised emulated high products (GCC bug 106322), so Highway would fall
// back to single lanes there; this file is compiled without auto-vectorisation instead.
#undef HWY_BROKEN_EMU128
#define HWY_BROKEN_EMU128 0
#undef HWY_DISABLED_TARGETS
#ifdef REGROW_BASELINE_KERNELS
#define HWY_DISABLED_TARGETS (HWY_AVX3 | (HWY_AVX3 - 1) | HWY_AVX2 | HWY_SSSE3 | HWY_SSE4)
#else
#define HWY_DISABLED_TARGETS ((HWY_AVX3 - 1) | HWY_SSSE3 | HWY_SSE4)
#endif
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/kernels.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "cpu/backward-inl.h"
#include "cpu/forward-inl.h"
#include "cpu/load_batch-inl.h"
#include "cpu/optimiser-inl.h"
#include "cpu/score-inl.h"
#include "cpu/transpose-inl.h"

HWY_BEFORE_NAMESPACE();
namespace regrow::cpu::HWY_NAMESPACE {

const Kernels* kernel_table() {
  static constexpr Kernels kTable = {
#if HWY_TARGET == HWY_AVX3
    .name = "avx512",
#elif HWY_TARGET == HWY_AVX2
    .name = "avx2",
#else
    .name = "portable",
#endif
    .forward = forward,
    .backward = backward,
    .update_biases = update_biases,
    .sum_rows = sum_rows,
    .pack = pack,
    .unpack = unpack,
    .update = update,
    .sum_of_squares = sum_of_squares,
    .dense_forward = dense_forward,
    .activate = activate,
    .multiply_derivative = multiply_derivative,
    .cell_gradients = cell_gradients,
    .find_magnitudes = find_magnitudes,
    .standardise = standardise,
    .transpose = transpose,
    .resample = resample,
    .standardise_stored = standardise_stored,
  };
  return &kTable;
}

}  // namespace regrow::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace regrow::cpu {
namespace {

HWY_EXPORT(kernel_table);

// Highway picks per process; the table is asked for under a lock with the better sets hidden.
const Kernels& table_without(std::int64_t hidden_targets) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  hwy::DisableTargets(hidden_targets);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  const Kernels* table = HWY_DYNAMIC_DISPATCH(kernel_table)();
  hwy::DisableTargets(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  return *table;
}

}  // namespace

const Kernels& select_kernels(const std::string& simd) {
  std::int64_t hidden = 0;
  if (simd == "avx2" || simd == "portable") hidden |= HWY_AVX3;
  if (simd == "portable") hidden |= HWY_AVX2;
  const Kernels& table = table_without(hidden);
  if (simd != "auto" && simd != table.name) {
    throw Error("simd '" + simd + "': this processor's best instruction set is '" +
                std::string(table_without(0).name) + "'; use --simd auto");
  }
  return table;
}

std::size_t image_scratch_size(const ImageShape& shape) {
  // Each plane gets one more row and column that repeat the edge, see resample().
  return std::size_t{shape.channels} * (shape.height + 1) * (shape.width + 1) + kBatchPadding;
}

}  // namespace regrow::cpu
#endif  // HWY_ONCE

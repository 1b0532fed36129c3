// The instruction sets that this machine can test.
#pragma once

#include <string>
#include <vector>

#include "cpu/kernels.h"
#include "regrow/error.h"

namespace regrow::tests {

inline std::vector<std::string> available_simd_sets() {
  std::vector<std::string> sets;
  for (const char* simd : {"portable", "avx2", "avx512"}) {
    try {
      cpu::select_kernels(simd);
      sets.emplace_back(simd);
    } catch (const Error&) {
      // Not on this processor; that the message is right is tested where it is thrown.
    }
  }
  return sets;
}

}  // namespace regrow::tests

// The library engines under test: over plain loops in the emulation, over the libraries on a GPU.
#pragma once

#include <memory>
#include <string>

#include "library/engines.h"
#if defined(REGROW_CUDA_EMULATED)
#include "cuda/library/loop_products.h"
#endif

namespace regrow::cuda {

inline const char* const kEngineNames[] = {"cusparse", "dense"};

inline std::unique_ptr<EngineKind> make_engine_kind(const std::string& name) {
#if defined(REGROW_CUDA_EMULATED)
  const ProductSource<SparseProducts> sparse = {"cuda-cusparse", "loops", [](const Stream&) {
                                                  return std::make_unique<LoopSparseProducts>();
                                                }};
  const ProductSource<DenseProducts> dense = {
      "cuda-dense", "loops", [](const Stream&) { return std::make_unique<LoopDenseProducts>(); },
      1000};
#else
  const ProductSource<SparseProducts> sparse = cusparse();
  const ProductSource<DenseProducts> dense = cublas();
#endif
  if (name == "cusparse") return make_sparse_product_engine(sparse);
  return make_dense_product_engine(dense);
}

}  // namespace regrow::cuda

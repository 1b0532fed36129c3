// The engines whose products are a library's. They compute in fp32 and share everything else with
// the engine of our own kernels.
#pragma once

#include <memory>

#include "backend/step_engine.h"
#include "library/dense_products.h"
#include "library/product_source.h"
#include "library/sparse_products.h"

namespace regrow::cuda {

/// Sparse layers as CSR matrices: S·X, Sᵀ·dY and, at the cells of S, dY·Xᵀ. No product is fused
/// with anything, and the transposed matrix gets its values anew in every step.
std::unique_ptr<EngineKind> make_sparse_product_engine(ProductSource<SparseProducts> source);

/// Every layer as a dense matrix, of which a mask of bytes keeps the cells without a connection at
/// 0. Memory and time follow inputs × outputs: what truly sparse training is measured against.
std::unique_ptr<EngineKind> make_dense_product_engine(ProductSource<DenseProducts> source);

}  // namespace regrow::cuda

// The library engines under test: over the libraries on a GPU, over stand-ins for them elsewhere.
#pragma once

#include <memory>
#include <string>

#include "library/engines.h"

namespace regrow::cuda {

inline const char* const kEngineNames[] = {"cusparse", "dense"};

inline std::unique_ptr<EngineKind> make_engine_kind(const std::string& name) {
  if (name == "cusparse") return make_sparse_product_engine(cusparse());
  return make_dense_product_engine(cublas());
}

}  // namespace regrow::cuda

// Where an engine gets its products from: a library, or loops in a test.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "common/runtime.h"

namespace regrow::cuda {

template <typename Products>
struct ProductSource {
  std::string device;       // "cuda-cusparse"
  std::string description;  // "cuSPARSE 12.6"
  /// All work of the products is on the stream, which must outlive them.
  std::function<std::unique_ptr<Products>(const Stream&)> make;
  std::size_t workspace_bytes = 0;  // on the device, whatever the network
};

}  // namespace regrow::cuda

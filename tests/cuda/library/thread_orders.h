// Every order of threads in the emulation; once on a GPU.
#pragma once

#if defined(REGROW_CUDA_EMULATED)
#include "common/emulation/options.h"
#endif

namespace regrow::cuda {

template <typename Body>
void for_each_order(const Body& body) {
#if defined(REGROW_CUDA_EMULATED)
  using emulation::Order;
  for (const Order order : {Order::kForward, Order::kReverse, Order::kRandom}) {
    emulation::Options options = emulation::options;
    options.order = order;
    const emulation::ScopedOptions scope(options);
    body();
  }
#else
  body();
#endif
}

}  // namespace regrow::cuda

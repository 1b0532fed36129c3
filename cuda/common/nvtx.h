// Ranges that Nsight Systems shows, in the domain `regrow`. Without a profiler they cost a
// nanosecond; without NVIDIA's header-only NVTX 3 at build time they are nothing.
#pragma once

namespace regrow::cuda {

/// From here to the end of the scope, on this thread.
class NvtxRange {
 public:
  explicit NvtxRange(const char* name);
  ~NvtxRange();
  NvtxRange(const NvtxRange&) = delete;
  NvtxRange& operator=(const NvtxRange&) = delete;
};

}  // namespace regrow::cuda

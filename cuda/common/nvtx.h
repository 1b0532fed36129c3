// Ranges that Nsight Systems shows, in the domain `regrow`; nothing in the emulation.
#pragma once

#if !defined(REGROW_CUDA_EMULATED) && __has_include(<nvtx3/nvToolsExt.h>)
#include <nvtx3/nvToolsExt.h>
#define REGROW_HAVE_NVTX 1
#endif

namespace regrow::cuda {

#if defined(REGROW_HAVE_NVTX)
/// From here to the end of the scope.
class NvtxRange {
 public:
  explicit NvtxRange(const char* name) {
    nvtxEventAttributes_t range{};
    range.version = NVTX_VERSION;
    range.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
    range.messageType = NVTX_MESSAGE_TYPE_ASCII;
    range.message.ascii = name;
    nvtxDomainRangePushEx(domain(), &range);
  }
  ~NvtxRange() { nvtxDomainRangePop(domain()); }
  NvtxRange(const NvtxRange&) = delete;
  NvtxRange& operator=(const NvtxRange&) = delete;

 private:
  static nvtxDomainHandle_t domain() {
    static const nvtxDomainHandle_t once = nvtxDomainCreateA("regrow");
    return once;
  }
};
#else
class NvtxRange {
 public:
  explicit NvtxRange(const char* /*name*/) {}
  ~NvtxRange() {}  // NOLINT(modernize-use-equals-default): else the variable counts as unused
  NvtxRange(const NvtxRange&) = delete;
  NvtxRange& operator=(const NvtxRange&) = delete;
};
#endif

}  // namespace regrow::cuda

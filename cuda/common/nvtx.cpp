#include "common/nvtx.h"

#if defined(REGROW_HAVE_NVTX)
#include <nvtx3/nvToolsExt.h>

namespace regrow::cuda {
namespace {

nvtxDomainHandle_t domain() {
  static const nvtxDomainHandle_t once = nvtxDomainCreateA("regrow");
  return once;
}

}  // namespace

NvtxRange::NvtxRange(const char* name) {
  nvtxEventAttributes_t range{};
  range.version = NVTX_VERSION;
  range.size = NVTX_EVENT_ATTRIB_STRUCT_SIZE;
  range.messageType = NVTX_MESSAGE_TYPE_ASCII;
  range.message.ascii = name;
  nvtxDomainRangePushEx(domain(), &range);
}

NvtxRange::~NvtxRange() { nvtxDomainRangePop(domain()); }

}  // namespace regrow::cuda

#else

namespace regrow::cuda {

NvtxRange::NvtxRange(const char* /*name*/) {}
NvtxRange::~NvtxRange() = default;

}  // namespace regrow::cuda

#endif

// A profiler as NVTX sees one: a library that NVTX loads where NVTX_INJECTION64_PATH names it. It
// writes down the ranges that the process opens and closes, a line each, with the thread's number
// in order of appearance:
//   0 regrow push epoch
//   0 regrow pop
//   0 unexpected nvtxRangePop      any other call that marks or opens something
// A test takes the lines with regrow_take_nvtx_record(). What nobody has taken by the process's end
// goes to the file that REGROW_NVTX_RECORD names, if it does.
#include <nvtx3/nvToolsExt.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <list>
#include <mutex>
#include <string>
#include <utility>

#define REGROW_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

class Record {
 public:
  Record() = default;
  ~Record() {
    const char* const path = std::getenv("REGROW_NVTX_RECORD");
    if (path != nullptr) std::ofstream(path) << lines_;
  }
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;

  void add(const std::string& call) {
    static std::atomic<std::size_t> threads{0};
    thread_local const std::size_t number = threads++;
    const std::lock_guard lock(mutex_);
    lines_ += std::to_string(number) + " " + call + "\n";
  }

  nvtxDomainHandle_t create_domain(const char* name) {
    const std::lock_guard lock(mutex_);
    return reinterpret_cast<nvtxDomainHandle_t>(&domains_.emplace_back(name));
  }

  std::string name_of(nvtxDomainHandle_t domain) {
    const std::lock_guard lock(mutex_);
    for (const std::string& name : domains_) {
      if (reinterpret_cast<const void*>(domain) == &name) return name;
    }
    return "unknown-domain";
  }

  std::string take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(lines_, {});
  }

 private:
  std::mutex mutex_;
  std::string lines_;
  std::list<std::string> domains_;  // a handle is the address of a name
};

Record& record() {
  static Record once;
  return once;
}

nvtxDomainHandle_t NVTX_API create_domain(const char* name) { return record().create_domain(name); }

int NVTX_API push(nvtxDomainHandle_t domain, const nvtxEventAttributes_t* range) {
  const bool is_text = range->messageType == NVTX_MESSAGE_TYPE_ASCII;
  record().add(record().name_of(domain) + " push " +
               (is_text ? range->message.ascii : "not-an-ascii-name"));
  return NVTX_NO_PUSH_POP_TRACKING;
}

int NVTX_API pop(nvtxDomainHandle_t domain) {
  record().add(record().name_of(domain) + " pop");
  return NVTX_NO_PUSH_POP_TRACKING;
}

/// A stand-in for a function that the project does not call, of any signature.
template <const char* kName, typename Function>
struct Unexpected;
template <const char* kName, typename Result, typename... Arguments>
struct Unexpected<kName, Result(NVTX_API*)(Arguments...)> {
  static Result NVTX_API call(Arguments... /*arguments*/) {
    record().add(std::string("unexpected ") + kName);
    return Result();
  }
};

/// One module's functions, each of which a tool may replace.
class Functions {
 public:
  Functions(const NvtxExportTableCallbacks& callbacks, NvtxCallbackModule module) {
    if (callbacks.GetModuleFunctionTable(module, &table_, &size_) == 0) size_ = 0;
  }

  template <typename Function>
  void attach(unsigned index, Function* function) {
    is_complete_ = is_complete_ && index < size_;
    if (index < size_) *table_[index] = reinterpret_cast<NvtxFunctionPointer>(function);
  }
  bool is_complete() const { return is_complete_; }

 private:
  NvtxFunctionTable table_ = nullptr;
  unsigned size_ = 0;
  bool is_complete_ = true;
};

}  // namespace

/// The lines since the last call; valid until the next one.
REGROW_EXPORT const char* regrow_take_nvtx_record() {
  static std::string taken;
  taken = record().take();
  return taken.c_str();
}

/// NVTX calls this once, and the program's NVTX calls reach this library from then on.
// NOLINTNEXTLINE(readability-identifier-naming): the name that NVTX looks for
REGROW_EXPORT int InitializeInjectionNvtx2(NvtxGetExportTableFunc_t export_table) {
  const auto* const callbacks =
      static_cast<const NvtxExportTableCallbacks*>(export_table(NVTX_ETID_CALLBACKS));
  if (callbacks == nullptr) return 0;
  Functions core(*callbacks, NVTX_CB_MODULE_CORE), domains(*callbacks, NVTX_CB_MODULE_CORE2);
  domains.attach(NVTX_CBID_CORE2_DomainCreateA, create_domain);
  domains.attach(NVTX_CBID_CORE2_DomainRangePushEx, push);
  domains.attach(NVTX_CBID_CORE2_DomainRangePop, pop);

#define REGROW_UNEXPECTED(functions, module, name) \
  static constexpr char k##name[] = "nvtx" #name;  \
  (functions).attach(NVTX_CBID_##module##_##name,  \
                     Unexpected<k##name, nvtx##name##_impl_fntype>::call)
  REGROW_UNEXPECTED(core, CORE, MarkEx);
  REGROW_UNEXPECTED(core, CORE, MarkA);
  REGROW_UNEXPECTED(core, CORE, MarkW);
  REGROW_UNEXPECTED(core, CORE, RangeStartEx);
  REGROW_UNEXPECTED(core, CORE, RangeStartA);
  REGROW_UNEXPECTED(core, CORE, RangeStartW);
  REGROW_UNEXPECTED(core, CORE, RangeEnd);
  REGROW_UNEXPECTED(core, CORE, RangePushEx);
  REGROW_UNEXPECTED(core, CORE, RangePushA);
  REGROW_UNEXPECTED(core, CORE, RangePushW);
  REGROW_UNEXPECTED(core, CORE, RangePop);
  REGROW_UNEXPECTED(domains, CORE2, DomainMarkEx);
  REGROW_UNEXPECTED(domains, CORE2, DomainRangeStartEx);
  REGROW_UNEXPECTED(domains, CORE2, DomainRangeEnd);
  REGROW_UNEXPECTED(domains, CORE2, DomainCreateW);
  REGROW_UNEXPECTED(domains, CORE2, DomainDestroy);
#undef REGROW_UNEXPECTED
  return core.is_complete() && domains.is_complete() ? 1 : 0;
}

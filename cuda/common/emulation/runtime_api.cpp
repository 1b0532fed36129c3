#include "common/emulation/runtime_api.h"

#include <atomic>
#include <chrono>
#include <cstring>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "common/emulation/device_memory.h"
#include "common/emulation/hooks.h"
#include "common/emulation/launch.h"
#include "common/emulation/stream.h"
#include "common/emulation/symbols.h"
#include "regrow/error.h"

namespace regrow::emulation {

using Clock = std::chrono::steady_clock;

struct EventState {
  int device = 0;
  StreamState* stream = nullptr;  // where it was last recorded
  // Of the stream's work, too, which may come after the event's end.
  std::shared_ptr<Clock::time_point> time = std::make_shared<Clock::time_point>();
};

namespace api {
struct PoolOfDevice {
  int device = 0;
  std::atomic<std::uint64_t> release_threshold = 0;  // bytes that it keeps over a wait
};
}  // namespace api

namespace {

using namespace api;  // NOLINT(google-build-using-namespace): CUDA's names are global

constexpr int kCudaVersion = 13000;
constexpr int kMostDevices = 8;
constexpr std::size_t kSharedOfEveryKernel = std::size_t{48} << 10;
constexpr std::size_t kMostShared = std::size_t{227} << 10;  // sm_90's

// -------------------------------------------------------------------------- state of the runtime

struct Runtime {
  Runtime() {
    for (int device = 0; device < kMostDevices; ++device) pools[device].device = device;
  }

  std::mutex mutex;
  Devices devices;
  std::set<StreamState*> streams;
  std::map<std::pair<int, const void*>, std::size_t> shared;  // announced, by device and kernel
  std::set<std::string> names;                                // of kernels, whose text callers keep
  PoolOfDevice pools[kMostDevices];

  std::recursive_mutex hook_mutex;
  CallHook hook;
  std::atomic<bool> has_hook = false;
};

Runtime& runtime() {
  static auto* const once = new Runtime;  // for streams of static objects, never destroyed
  return *once;
}

thread_local int current_device = 0;
thread_local cudaError_t last_error = cudaSuccess;
thread_local StreamState* capturing = nullptr;  // by this thread

cudaError_t answer_of_hook(const char* call) {
  Runtime& all = runtime();
  if (!all.has_hook) return cudaSuccess;
  const std::lock_guard lock(all.hook_mutex);
  return all.hook ? all.hook(call) : cudaSuccess;
}

template <typename Body>
cudaError_t call(const char* name, const Body& body) {
  cudaError_t status = answer_of_hook(name);
  if (status == cudaSuccess) status = body();
  if (status != cudaSuccess) last_error = status;
  return status;
}

bool is_stream(StreamState* stream) {
  const std::lock_guard lock(runtime().mutex);
  return runtime().streams.contains(stream);
}

bool is_device(int number) {
  const std::lock_guard lock(runtime().mutex);
  return number >= 0 && number < runtime().devices.count;
}

// What may not happen while this thread captures, or to a stream that is captured.
cudaError_t refuse_in_capture(StreamState* stream = nullptr) {
  StreamState* const captured =
      stream != nullptr && stream->capture() != StreamState::Capture::kNone ? stream : capturing;
  if (captured == nullptr) return cudaSuccess;
  captured->invalidate_capture();
  return cudaErrorStreamCaptureUnsupported;
}

// The default stream takes nothing, so that nothing lands there by mistake, and a stream only from
// threads whose current device is its own. CUDA is as strict with launches alone.
cudaError_t refuse_stream(StreamState* stream) {
  if (stream == nullptr || !is_stream(stream)) return cudaErrorInvalidResourceHandle;
  if (stream->device() != current_device) return cudaErrorInvalidResourceHandle;
  return cudaSuccess;
}

// For what no graph can hold.
cudaError_t refuse_uncapturable(StreamState* stream) {
  const cudaError_t status = refuse_stream(stream);
  return status != cudaSuccess ? status : refuse_in_capture(stream);
}

cudaError_t wait_for(StreamState* stream) {
  if (!is_stream(stream)) return cudaErrorInvalidResourceHandle;
  if (const cudaError_t status = refuse_in_capture(stream); status != cudaSuccess) return status;
  stream->run();
  const int device = stream->device();
  if (pool_use(device).reserved > runtime().pools[device].release_threshold) trim_pool(device);
  return cudaSuccess;
}

// False where a kernel fails that nobody waited for: whoever does next is told.
bool finishes(StreamState& stream) {
  try {
    stream.run();
    return true;
  } catch (...) {
    stream.fail(std::current_exception());
    return false;
  }
}

cudaError_t take_memory(void** place, std::size_t bytes, int device, bool from_pool) {
  *place = allocate(device, bytes, from_pool);
  return *place != nullptr ? cudaSuccess : cudaErrorMemoryAllocation;
}

cudaError_t ask_about(Devices devices, int device) {
  if (devices.count == 0) return cudaErrorNoDevice;
  return device >= 0 && device < devices.count ? cudaSuccess : cudaErrorInvalidDevice;
}

Devices present_devices() {
  const std::lock_guard lock(runtime().mutex);
  return runtime().devices;
}

}  // namespace

// ----------------------------------------------------------------------------------------- hooks

ScopedCallHook::ScopedCallHook(CallHook hook) {
  const std::lock_guard lock(runtime().hook_mutex);
  runtime().hook = std::move(hook);
  runtime().has_hook = true;
}

ScopedCallHook::~ScopedCallHook() {
  const std::lock_guard lock(runtime().hook_mutex);
  runtime().has_hook = false;
  runtime().hook = nullptr;
}

ScopedDevices::ScopedDevices(const Devices& devices) : saved_(present_devices()) {
  REGROW_CHECK(devices.count >= 0 && devices.count <= kMostDevices, "so many emulated GPUs");
  const std::lock_guard lock(runtime().mutex);
  runtime().devices = devices;
}

ScopedDevices::~ScopedDevices() {
  const std::lock_guard lock(runtime().mutex);
  runtime().devices = saved_;
}

// ---------------------------------------------------------------------------------------- launches

void enqueue_kernel(const Grid& grid, void* stream, Work work) {
  call("cudaLaunchKernel", [&] {
    auto* const to = static_cast<StreamState*>(stream);
    if (const cudaError_t status = refuse_stream(to); status != cudaSuccess) return status;
    if (!has_valid_dimensions(grid)) return cudaErrorInvalidConfiguration;
    if (grid.shared_bytes > kSharedOfEveryKernel) {
      const std::lock_guard lock(runtime().mutex);
      const auto announced = runtime().shared.find({current_device, grid.kernel});
      if (announced == runtime().shared.end() || announced->second < grid.shared_bytes) {
        return cudaErrorInvalidValue;
      }
    }
    to->add(std::move(work));
    return cudaSuccess;
  });
}

void enqueue(void* stream, Work work) {
  auto* const to = static_cast<StreamState*>(stream);
  cudaError_t status = refuse_stream(to);
  if (status == cudaSuccess && to->capture() == StreamState::Capture::kInvalid) {
    status = cudaErrorStreamCaptureInvalidated;
  }
  if (status != cudaSuccess) throw Error(api::cudaGetErrorString(status));
  to->add(std::move(work));
}

namespace api {

// -------------------------------------------------------------------------------- devices, errors

cudaError_t cudaDriverGetVersion(int* version) {
  *version = kCudaVersion;
  return cudaSuccess;
}

cudaError_t cudaRuntimeGetVersion(int* version) {
  *version = kCudaVersion;
  return cudaSuccess;
}

cudaError_t cudaGetDeviceCount(int* count) {
  return call("cudaGetDeviceCount", [&] {
    *count = present_devices().count;
    return *count > 0 ? cudaSuccess : cudaErrorNoDevice;
  });
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  return call("cudaGetDeviceProperties", [&] {
    *properties = {};
    std::strcpy(properties->name, "CUDA's threads one after the other on the CPU");
    properties->totalGlobalMem = memory_capacity();
    return ask_about(present_devices(), device);
  });
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr /*attribute*/, int device) {
  return call("cudaDeviceGetAttribute", [&] {
    *value = present_devices().have_pools ? 1 : 0;
    return ask_about(present_devices(), device);
  });
}

cudaError_t cudaGetDevice(int* device) {
  *device = current_device;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  return call("cudaSetDevice", [&] {
    const cudaError_t status = ask_about(present_devices(), device);
    if (status == cudaSuccess) current_device = device;
    return status;
  });
}

cudaError_t cudaGetLastError() { return std::exchange(last_error, cudaSuccess); }

const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "no error";
    case cudaErrorInvalidValue:
      return "invalid argument";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorInvalidConfiguration:
      return "invalid configuration argument";
    case cudaErrorDevicesUnavailable:
      return "CUDA-capable device(s) is/are busy or unavailable";
    case cudaErrorNoDevice:
      return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice:
      return "invalid device ordinal";
    case cudaErrorInvalidResourceHandle:
      return "invalid resource handle";
    case cudaErrorIllegalAddress:
      return "an illegal memory access was encountered";
    case cudaErrorStreamCaptureUnsupported:
      return "operation not permitted when stream is capturing";
    case cudaErrorStreamCaptureInvalidated:
      return "operation failed due to a previous error during capture";
    default:
      return "unknown error";
  }
}

cudaError_t cudaFuncGetName(const char** name, const void* kernel) {
  const std::string found = mangled_name(kernel);
  if (found.empty()) return last_error = cudaErrorInvalidDeviceFunction;
  const std::lock_guard lock(runtime().mutex);
  *name = runtime().names.insert(found).first->c_str();
  return cudaSuccess;
}

cudaError_t cudaFuncSetAttribute(const void* kernel, cudaFuncAttribute /*attribute*/, int value) {
  return call("cudaFuncSetAttribute", [&] {
    if (value < 0 || static_cast<std::size_t>(value) > kMostShared) return cudaErrorInvalidValue;
    const std::lock_guard lock(runtime().mutex);
    runtime().shared[{current_device, kernel}] = static_cast<std::size_t>(value);
    return cudaSuccess;
  });
}

// ----------------------------------------------------------------------------------------- memory

cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int device) {
  return call("cudaDeviceGetDefaultMemPool", [&] {
    if (!is_device(device)) return cudaErrorInvalidDevice;
    *pool = &runtime().pools[device];
    return cudaSuccess;
  });
}

cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t pool, cudaMemPoolAttr attribute, void* value) {
  return call("cudaMemPoolSetAttribute", [&] {
    if (attribute != cudaMemPoolAttrReleaseThreshold) return cudaErrorInvalidValue;
    pool->release_threshold = *static_cast<const std::uint64_t*>(value);
    return cudaSuccess;
  });
}

cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t pool, cudaMemPoolAttr attribute, void* value) {
  return call("cudaMemPoolGetAttribute", [&] {
    const PoolUse use = pool_use(pool->device);
    *static_cast<std::uint64_t*>(value) =
        attribute == cudaMemPoolAttrReservedMemCurrent ? use.reserved : use.used;
    return cudaSuccess;
  });
}

cudaError_t cudaMemPoolTrimTo(cudaMemPool_t pool, std::size_t /*bytes_to_keep*/) {
  return call("cudaMemPoolTrimTo", [&] {
    trim_pool(pool->device);
    return cudaSuccess;
  });
}

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  return call("cudaMemGetInfo", [&] {
    *free = free_on_device(current_device);
    *total = memory_capacity();
    return cudaSuccess;
  });
}

cudaError_t cudaMalloc(void** place, std::size_t bytes) {
  return call("cudaMalloc", [&] {
    if (const cudaError_t status = refuse_in_capture(); status != cudaSuccess) return status;
    return take_memory(place, bytes, current_device, false);
  });
}

cudaError_t cudaMallocAsync(void** place, std::size_t bytes, cudaStream_t stream) {
  return call("cudaMallocAsync", [&] {
    const cudaError_t refused = refuse_uncapturable(stream);
    if (refused != cudaSuccess) return refused;
    return take_memory(place, bytes, stream->device(), true);
  });
}

// Waits for the whole device, as CUDA does, but throws nothing: destructors call it.
cudaError_t cudaFree(void* place) {
  return call("cudaFree", [&] {
    if (const cudaError_t status = refuse_in_capture(); status != cudaSuccess) return status;
    std::set<StreamState*> streams;
    {
      const std::lock_guard lock(runtime().mutex);
      streams = runtime().streams;
    }
    for (StreamState* const stream : streams) {
      if (stream->device() == current_device && !finishes(*stream)) return cudaErrorLaunchFailure;
    }
    return give_up(place) != nullptr ? cudaSuccess : cudaErrorInvalidValue;
  });
}

cudaError_t cudaFreeAsync(void* place, cudaStream_t stream) {
  return call("cudaFreeAsync", [&] {
    const cudaError_t refused = refuse_uncapturable(stream);
    if (refused != cudaSuccess) return refused;
    Allocation freed = is_of_pool(place) ? give_up(place) : nullptr;
    if (freed == nullptr) return cudaErrorInvalidValue;
    stream->add([freed = std::move(freed)]() mutable { freed.reset(); });
    return cudaSuccess;
  });
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  return call("cudaMemcpyAsync", [&] {
    if (const cudaError_t status = refuse_stream(stream); status != cudaSuccess) return status;
    // A graph would keep the host's address.
    if (kind != cudaMemcpyDeviceToDevice) {
      if (const cudaError_t status = refuse_in_capture(stream); status != cudaSuccess) {
        return status;
      }
    }
    if (kind != cudaMemcpyHostToDevice && !is_device_memory(from, bytes)) {
      return cudaErrorInvalidValue;
    }
    if (kind != cudaMemcpyDeviceToHost && !is_device_memory(to, bytes)) {
      return cudaErrorInvalidValue;
    }
    stream->add([=] { std::memcpy(to, from, bytes); });
    return cudaSuccess;
  });
}

cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  return call("cudaMemsetAsync", [&] {
    if (const cudaError_t status = refuse_stream(stream); status != cudaSuccess) return status;
    if (!is_device_memory(to, bytes)) return cudaErrorInvalidValue;
    stream->add([=] { std::memset(to, value, bytes); });
    return cudaSuccess;
  });
}

// -------------------------------------------------------------------------------- streams, events

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned /*flags*/) {
  return call("cudaStreamCreateWithFlags", [&] {
    *stream = new StreamState(current_device);
    const std::lock_guard lock(runtime().mutex);
    runtime().streams.insert(*stream);
    return cudaSuccess;
  });
}

// What waits in it is done first.
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return call("cudaStreamDestroy", [&] {
    {
      const std::lock_guard lock(runtime().mutex);
      if (runtime().streams.erase(stream) == 0) return cudaErrorInvalidResourceHandle;
    }
    const std::unique_ptr<StreamState> destroyed(stream);
    return finishes(*destroyed) ? cudaSuccess : cudaErrorLaunchFailure;
  });
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  const cudaError_t status = call("cudaStreamSynchronize", [&] { return wait_for(stream); });
  // What waits after a failure will never run, and its sources may be gone.
  if (status != cudaSuccess && is_stream(stream)) stream->drop();
  return status;
}

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return call("cudaEventCreate", [&] {
    *event = new EventState;
    (*event)->device = current_device;
    return cudaSuccess;
  });
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return call("cudaEventRecord", [&] {
    if (!is_stream(stream) || event->device != stream->device()) {
      return cudaErrorInvalidResourceHandle;
    }
    if (const cudaError_t status = refuse_in_capture(stream); status != cudaSuccess) return status;
    event->stream = stream;
    stream->add([time = event->time] { *time = Clock::now(); });
    return cudaSuccess;
  });
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return call("cudaEventSynchronize", [&] { return wait_for(event->stream); });
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  return call("cudaEventElapsedTime", [&] {
    if (start->stream == nullptr || end->stream == nullptr) return cudaErrorInvalidResourceHandle;
    *milliseconds = std::chrono::duration<float, std::milli>(*end->time - *start->time).count();
    return cudaSuccess;
  });
}

// ------------------------------------------------------------------------------ graphs, profilers

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode /*mode*/) {
  return call("cudaStreamBeginCapture", [&] {
    if (!is_stream(stream)) return cudaErrorInvalidResourceHandle;
    if (const cudaError_t status = refuse_in_capture(stream); status != cudaSuccess) return status;
    stream->begin_capture();
    capturing = stream;
    return cudaSuccess;
  });
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  *graph = nullptr;
  if (capturing != stream || stream == nullptr) return last_error = cudaErrorInvalidValue;
  // Whatever comes of it, the capture is over.
  capturing = nullptr;
  std::unique_ptr<Graph> recorded = stream->end_capture();
  return call("cudaStreamEndCapture", [&] {
    if (recorded == nullptr) return cudaErrorStreamCaptureInvalidated;
    *graph = recorded.release();
    return cudaSuccess;
  });
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  if (!is_stream(stream)) return last_error = cudaErrorInvalidResourceHandle;
  *status = static_cast<cudaStreamCaptureStatus>(stream->capture());
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long /*flags*/) {
  return call("cudaGraphInstantiate", [&] {
    *executable = new Graph(*graph);
    return cudaSuccess;
  });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  delete executable;
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
  return call("cudaGraphLaunch", [&] {
    const cudaError_t refused = refuse_uncapturable(stream);
    if (refused != cudaSuccess) return refused;
    stream->add(executable->replay());
    return cudaSuccess;
  });
}

cudaError_t cudaProfilerStart() {
  return call("cudaProfilerStart", [] { return cudaSuccess; });
}

cudaError_t cudaProfilerStop() {
  return call("cudaProfilerStop", [] { return cudaSuccess; });
}

}  // namespace api
}  // namespace regrow::emulation

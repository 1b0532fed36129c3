// What a test tells the stand-ins for cuSPARSE and cuBLAS, and asks of them; what both have in
// common. Like the libraries they put their work into the stream that they were given, read host
// memory at the call and device memory when the stream's turn comes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "common/emulation/device_memory.h"
#include "common/emulation/stream.h"
#include "regrow/error.h"

namespace regrow::fake {

/// The call that fails ("cusparseSpMM"), or "".
inline std::string failing_call;
/// Handles and descriptors not yet destroyed.
inline int live_objects = 0;

/// False where the stream takes no work: it is none, another device's, or its capture is broken.
inline bool enqueue(void* stream, emulation::Work work) {
  try {
    emulation::enqueue(stream, std::move(work));
    return true;
  } catch (const Error&) {
    return false;
  }
}

template <typename T>
bool is_device_array(const T* values, std::int64_t count) {
  return emulation::is_device_memory(values, static_cast<std::size_t>(count) * sizeof(T));
}

inline bool is_aligned(const void* pointer, std::uintptr_t to) {
  return reinterpret_cast<std::uintptr_t>(pointer) % to == 0;
}

}  // namespace regrow::fake

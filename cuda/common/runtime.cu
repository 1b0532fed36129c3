#include "common/runtime.h"

#include <cstring>

#if defined(REGROW_CUDA_EMULATED)

namespace regrow::cuda {

Stream::Stream() = default;
Stream::~Stream() = default;
void Stream::synchronize() const {}

void* allocate_bytes(std::size_t bytes, const char*, const Stream&) {
  return std::memset(::operator new(bytes), 0xFF, bytes);
}
void free_bytes(void* bytes, const Stream&) noexcept { ::operator delete(bytes); }
void copy_bytes_to_device(void* to, const void* from, std::size_t bytes, const Stream&) {
  std::memcpy(to, from, bytes);
}
void copy_bytes_to_host(void* to, const void* from, std::size_t bytes, const Stream&) {
  std::memcpy(to, from, bytes);
}
void copy_bytes_on_device(void* to, const void* from, std::size_t bytes, const Stream&) {
  std::memcpy(to, from, bytes);
}
void zero_bytes(void* to, std::size_t bytes, const Stream&) { std::memset(to, 0, bytes); }

}  // namespace regrow::cuda

#endif

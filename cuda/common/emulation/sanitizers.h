// What the emulation tells ThreadSanitizer and AddressSanitizer; nothing in builds without them.
// To TSan every CUDA thread is a thread of its own, and only barriers and atomics order memory, so
// a missing barrier is a data race that it reports.
#pragma once

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define REGROW_EMULATION_TSAN 1
#endif
#if __has_feature(address_sanitizer)
#define REGROW_EMULATION_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define REGROW_EMULATION_TSAN 1
#endif
#if defined(__SANITIZE_ADDRESS__)
#define REGROW_EMULATION_ASAN 1
#endif

#if defined(REGROW_EMULATION_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

#if defined(REGROW_EMULATION_TSAN)
#include <sanitizer/tsan_interface.h>
extern "C" {  // in no header
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
}
/// Of the functions that run between fibers: their own accesses are no races of the kernel.
#define REGROW_UNWATCHED __attribute__((no_sanitize_thread, noinline))
#else
#define REGROW_UNWATCHED
#endif

namespace regrow::emulation {

#if defined(REGROW_EMULATION_ASAN)
inline constexpr bool kAddressSanitizer = true;
#else
inline constexpr bool kAddressSanitizer = false;
#endif

#if defined(REGROW_EMULATION_TSAN)
inline constexpr bool kThreadSanitizer = true;
/// What came before release(token) comes before what follows acquire(token).
inline void release(void* token) { __tsan_release(token); }
inline void acquire(void* token) { __tsan_acquire(token); }

/// TSan looks away while one of these lives.
class Unwatched {
 public:
  REGROW_UNWATCHED Unwatched() {
    AnnotateIgnoreReadsBegin("", 0);
    AnnotateIgnoreWritesBegin("", 0);
  }
  REGROW_UNWATCHED ~Unwatched() {
    AnnotateIgnoreWritesEnd("", 0);
    AnnotateIgnoreReadsEnd("", 0);
  }
  Unwatched(const Unwatched&) = delete;
  Unwatched& operator=(const Unwatched&) = delete;
};
#else
inline constexpr bool kThreadSanitizer = false;
inline void release(void*) {}
inline void acquire(void*) {}
struct [[maybe_unused]] Unwatched {
  Unwatched() {}   // NOLINT(modernize-use-equals-default): else the variable counts as unused
  ~Unwatched() {}  // NOLINT(modernize-use-equals-default)
};
#endif

}  // namespace regrow::emulation

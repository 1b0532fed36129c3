// Switching stacks: a dozen instructions on x86-64 Linux, ucontext (which makes two system calls a
// switch) elsewhere.
#include "common/emulation/fiber.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>

#include "common/emulation/sanitizers.h"
#include "regrow/error.h"

#if defined(__x86_64__) && defined(__linux__)
// Saves what a call must preserve and continues on another stack. Fibers mostly wait in the same
// place, so the processor predicts this return, and those after it, well.
extern "C" void regrow_switch_stack(void** save_place, void* place);
asm(R"(
.text
.hidden regrow_switch_stack
.globl regrow_switch_stack
.type regrow_switch_stack, @function
regrow_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size regrow_switch_stack, .-regrow_switch_stack
)");
#define REGROW_FAST_FIBERS 1
#else
#include <ucontext.h>
#endif

namespace regrow::emulation {
namespace {

constexpr std::size_t kGuardBytes = 4096;
// Pages are taken from the system as they are touched; ASan's frames are several times larger. An
// odd number of pages, or the stacks, one beside the other, would compete for few entries of the
// TLB: three times slower.
constexpr std::size_t kStackBytes =
    std::size_t{1024} * (kAddressSanitizer ? 1024 : 256) + kGuardBytes;
// Tops of stacks one after the other, 8 lines further each time, all within a page.
constexpr unsigned kStaggerBytes = 512, kStaggers = 8;

}  // namespace

Fiber::Fiber() {  // NOLINT(modernize-use-equals-default): empty in one of two builds
#if !defined(REGROW_FAST_FIBERS)
  place_ = new ucontext_t;
#endif
}

Fiber::Fiber(unsigned number)
    : stack_bytes_(kStackBytes),
      stagger_bytes_(number % kStaggers * kStaggerBytes),
      owns_stack_(true) {
  void* const memory = mmap(nullptr, stack_bytes_, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) {
    throw Error(std::string("the emulated GPU got no memory for the stack of a thread: ") +
                std::strerror(errno));
  }
  stack_ = static_cast<char*>(memory);
  // Below the stack: a kernel that needs more faults instead of writing into its neighbour.
  mprotect(stack_, kGuardBytes, PROT_NONE);
#if !defined(REGROW_FAST_FIBERS)
  place_ = new ucontext_t;
#endif
#if defined(REGROW_EMULATION_TSAN)
  tsan_fiber_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
#if !defined(REGROW_FAST_FIBERS)
  delete static_cast<ucontext_t*>(place_);
#endif
  if (!owns_stack_) return;
#if defined(REGROW_EMULATION_ASAN)
  // The lowest frame never returned.
  __asan_unpoison_memory_region(stack_ + kGuardBytes, stack_bytes_ - kGuardBytes);
#endif
  munmap(stack_, stack_bytes_);
#if defined(REGROW_EMULATION_TSAN)
  __tsan_destroy_fiber(tsan_fiber_);
#endif
}

REGROW_UNWATCHED void Fiber::start(void (*entry)()) {
#if defined(REGROW_FAST_FIBERS)
  // From the top: padding that aligns the stack as after a call, where to go, six saved registers.
  void** top = reinterpret_cast<void**>(stack_ + stack_bytes_ - stagger_bytes_) - 2;
  *--top = nullptr;
  *--top = reinterpret_cast<void*>(entry);
  for (int saved = 0; saved < 6; ++saved) *--top = nullptr;
  place_ = top;
#else
  auto* const context = static_cast<ucontext_t*>(place_);
  getcontext(context);
  context->uc_stack.ss_sp = stack_;
  context->uc_stack.ss_size = stack_bytes_ - stagger_bytes_;
  context->uc_link = nullptr;
  makecontext(context, entry, 0);
#endif
}

REGROW_UNWATCHED void Fiber::switch_from(Fiber& from, [[maybe_unused]] bool for_good) {
#if defined(REGROW_EMULATION_ASAN)
  __sanitizer_start_switch_fiber(for_good ? nullptr : &from.asan_frames_, stack_, stack_bytes_);
#endif
#if defined(REGROW_EMULATION_TSAN)
  __tsan_switch_to_fiber(tsan_fiber_, __tsan_switch_to_fiber_no_sync);
#endif
#if defined(REGROW_FAST_FIBERS)
  regrow_switch_stack(&from.place_, place_);
#else
  swapcontext(static_cast<ucontext_t*>(from.place_), static_cast<ucontext_t*>(place_));
#endif
#if defined(REGROW_EMULATION_ASAN)
  __sanitizer_finish_switch_fiber(from.asan_frames_, nullptr, nullptr);
#endif
}

REGROW_UNWATCHED void Fiber::arrive([[maybe_unused]] Fiber& origin) {
#if defined(REGROW_EMULATION_ASAN)
  const void* bottom = nullptr;
  std::size_t size = 0;
  __sanitizer_finish_switch_fiber(nullptr, &bottom, &size);
  // The first arrival of a block comes from the OS thread's stack, whose place only ASan knows.
  if (origin.stack_ == nullptr) {
    origin.stack_ = static_cast<char*>(const_cast<void*>(bottom));
    origin.stack_bytes_ = size;
  }
#endif
}

REGROW_UNWATCHED void Fiber::adopt_current() {
  // The stack is learned anew: the next block may run on another OS thread.
  stack_ = nullptr;
#if defined(REGROW_EMULATION_TSAN)
  tsan_fiber_ = __tsan_get_current_fiber();
#endif
}

}  // namespace regrow::emulation

#include "cpu/thread_pool.h"

#include <string>
#include <system_error>
#include <utility>

#include "regrow/error.h"
#include "system/processors.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace regrow::cpu {
namespace {

// Weights that fade to denormals would slow training several times over, so the threads flush them
// (FTZ and DAZ) while they compute.
class FlushDenormals {
 public:
#if defined(__SSE2__)
  FlushDenormals() : saved_(_mm_getcsr()) { _mm_setcsr(saved_ | 0x8040U); }
  ~FlushDenormals() { _mm_setcsr(saved_); }
#else
  FlushDenormals() = default;
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

#if defined(__SSE2__)
 private:
  unsigned saved_;
#endif
};

}  // namespace

ThreadPool::ThreadPool(unsigned threads)
    : size_(threads > 0 ? threads : available_processors()), barrier_(size_), begun_(size_) {
  threads_.reserve(size_ - 1);
  try {
    for (unsigned thread = 1; thread < size_; ++thread) {
      threads_.emplace_back([this, thread] { work(thread); });
    }
  } catch (const std::system_error&) {
    stop();
    throw Error("threads " + std::to_string(size_) + ": the system gave only " +
                std::to_string(threads_.size() + 1) + "; ask for fewer with --threads");
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::run(const std::function<void(unsigned)>& body) { run_on(size_, body); }

void ThreadPool::run(unsigned threads, const std::function<void(Member&)>& body) {
  barrier_.set_threads(threads);
  forget_begun();
  run_on(threads, [&](unsigned thread) {
    Member member(*this, thread, threads);
    body(member);
  });
  barrier_.set_threads(size_);
}

void ThreadPool::forget_begun() {
  for (Begun& begun : begun_) {
    for (std::atomic<std::size_t>& count : begun.counts) count.store(0, std::memory_order_relaxed);
  }
}

void ThreadPool::run_on(unsigned threads, const std::function<void(unsigned)>& body) {
  {
    const std::lock_guard lock(mutex_);
    body_ = &body;
    running_ = threads - 1;
    taking_part_ = threads;
    ++generation_;
  }
  if (threads > 1) wake_.notify_all();
  call(0);
  std::unique_lock lock(mutex_);
  done_.wait(lock, [this] { return running_ == 0; });
  body_ = nullptr;
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

void ThreadPool::call(unsigned thread) {
  const FlushDenormals flush;
  try {
    (*body_)(thread);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::current_exception();
  }
}

void ThreadPool::work(unsigned thread) {
  std::uint64_t seen = 0;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || (generation_ != seen && thread < taking_part_); });
      if (stopping_) return;
      seen = generation_;
    }
    call(thread);
    bool last = false;
    {
      const std::lock_guard lock(mutex_);
      last = --running_ == 0;
    }
    if (last) done_.notify_one();
  }
}

}  // namespace regrow::cpu

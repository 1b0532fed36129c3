#include "system/workers.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "system/processors.h"

namespace regrow {
namespace {

// A thread takes about 50 us to start, in which another has done some ten thousand items.
constexpr std::uint64_t kFewestItems = std::uint64_t{1} << 15;

}  // namespace

StartedThreads::StartedThreads(std::uint64_t items, unsigned most)
    : size_(static_cast<unsigned>(
          std::clamp<std::uint64_t>(items / kFewestItems, 1, useful_threads(most)))) {}

void StartedThreads::run(const std::function<void(unsigned)>& body) {
  std::mutex mutex;
  std::exception_ptr error;
  const auto call = [&](unsigned worker) {
    try {
      body(worker);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(size_ - 1);
  try {
    while (threads.size() + 1 < size_) {
      const auto worker = static_cast<unsigned>(threads.size() + 1);
      threads.emplace_back([&call, worker] { call(worker); });
    }
  } catch (const std::system_error&) {
    // The system gives no more.
  }
  call(0);
  for (auto worker = static_cast<unsigned>(threads.size() + 1); worker < size_; ++worker) {
    call(worker);
  }
  for (std::thread& thread : threads) thread.join();
  if (error) std::rethrow_exception(error);
}

}  // namespace regrow

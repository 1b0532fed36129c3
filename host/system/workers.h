// Several threads at one piece of work: how it is cut, and who runs the parts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

namespace regrow {

/// Items [first, last).
struct Range {
  std::size_t first = 0;
  std::size_t last = 0;

  std::size_t size() const { return last - first; }
};

/// What falls to `worker` when `count` items are cut evenly among `workers`.
constexpr Range even_part(std::size_t count, unsigned worker, unsigned workers) {
  return {count * worker / workers, count * (worker + std::size_t{1}) / workers};
}

class Workers {
 public:
  Workers() = default;
  virtual ~Workers() = default;
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  virtual unsigned size() const = 0;
  /// Calls body(worker) for every worker below size(), side by side, and returns when all are done.
  /// Rethrows the first exception that one has thrown.
  virtual void run(const std::function<void(unsigned worker)>& body) = 0;

  /// Calls body(range) for even parts of `count` items.
  template <typename Body>
  void share(std::size_t count, const Body& body) {
    run([&](unsigned worker) { body(even_part(count, worker, size())); });
  }
};

/// The calling thread by itself, for what is too little to be shared.
class Alone : public Workers {
 public:
  unsigned size() const override { return 1; }
  void run(const std::function<void(unsigned)>& body) override { body(0); }
};

/// Fewer items take one thread less time than it takes to wake others, several times.
inline constexpr std::uint64_t kFewItems = 10'000;
/// Who is to work at so many items.
inline Workers& workers_for(std::uint64_t items, Workers& workers, Alone& alone) {
  return items < kFewItems ? static_cast<Workers&>(alone) : workers;
}

/// Threads that each run() starts and joins: for what seldom happens and takes long.
class StartedThreads : public Workers {
 public:
  /// `items`: how many there are to share. Fewer than a thread is worth its start for are left to
  /// the caller, who is worker 0. `most`: 0 for one a processor.
  explicit StartedThreads(std::uint64_t items, unsigned most = 0);

  unsigned size() const override { return size_; }
  /// Where the system gives fewer threads, the caller does the other workers' parts as well.
  void run(const std::function<void(unsigned)>& body) override;

 private:
  unsigned size_;
};

}  // namespace regrow

// Streams and graphs of the emulated GPU. Work waits in a stream until something waits for it; a
// stream that is captured puts its work into a graph instead, which replays it as it was recorded.
#pragma once

#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace regrow::emulation {

using Work = std::function<void()>;

/// What a capture recorded: launches with their arguments, copies, fills.
class Graph {
 public:
  explicit Graph(std::vector<Work> nodes)
      : nodes_(std::make_shared<const std::vector<Work>>(std::move(nodes))) {}

  /// All nodes in order. It holds them, so the graph may go before its work is done.
  Work replay() const {
    return [nodes = nodes_] {
      for (const Work& node : *nodes) node();
    };
  }

 private:
  std::shared_ptr<const std::vector<Work>> nodes_;
};

class StreamState {
 public:
  enum class Capture { kNone, kActive, kInvalid };

  explicit StreamState(int device) : device_(device) {}

  int device() const { return device_; }
  Capture capture() const { return capture_; }

  /// At the end of the stream, or of the graph that is being captured. What is dropped without
  /// having run is destroyed.
  void add(Work work);
  /// Runs what waits, in order. An exception of the work ends it, and the rest is dropped.
  void run();
  void drop();
  /// The next run() throws `fault`.
  void fail(std::exception_ptr fault);

  void begin_capture();
  void invalidate_capture();
  /// Null where the capture was invalidated.
  std::unique_ptr<Graph> end_capture();

 private:
  const int device_;
  std::mutex mutex_;
  std::deque<Work> waiting_;
  std::exception_ptr fault_;  // that nobody was told of yet
  Capture capture_ = Capture::kNone;
  std::vector<Work> captured_;
};

/// Puts host code in the place of kernels at the end of a stream, as a library's emulation does:
/// refused like a launch. stream: a cudaStream_t. Throws Error.
void enqueue(void* stream, Work work);

}  // namespace regrow::emulation

// Work that is captured once as a graph and launched many times.
#pragma once

#include <functional>
#include <memory>

#include "common/runtime.h"

namespace regrow::cuda {

/// Launches, such as those of a training step, captured once and replayed many times.
class CapturedGraph {
 public:
  CapturedGraph();
  ~CapturedGraph();
  CapturedGraph(CapturedGraph&& other) noexcept;
  CapturedGraph& operator=(CapturedGraph&& other) noexcept;

  /// Records what `work` launches on `stream`, without running it.
  void capture(const Stream& stream, const std::function<void()>& work);
  void launch(const Stream& stream) const;
  bool captured() const { return graph_ != nullptr; }
  /// Forgets the recording, where arrays that it refers to have moved.
  void reset();

 private:
  struct Graph;
  std::unique_ptr<Graph> graph_;
};

}  // namespace regrow::cuda

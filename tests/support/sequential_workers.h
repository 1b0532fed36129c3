// Any number of workers, on the calling thread alone.
#pragma once

#include <functional>

#include "system/workers.h"

namespace regrow::tests {

/// From the last to the first: no worker may count on what one before it does in the same run().
class SequentialWorkers : public Workers {
 public:
  explicit SequentialWorkers(unsigned size) : size_(size) {}

  unsigned size() const override { return size_; }
  void run(const std::function<void(unsigned)>& body) override {
    for (unsigned worker = size_; worker-- > 0;) body(worker);
  }

 private:
  unsigned size_;
};

}  // namespace regrow::tests

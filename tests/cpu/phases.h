// Threads that go through phases together, as far as a barrier keeps them together.
#pragma once

#include <cstdint>
#include <vector>

namespace regrow::cpu {

/// Every thread counts its phases. Between two barriers it looks at its neighbour's count, which a
/// barrier that works makes equal to its own.
class Phases {
 public:
  explicit Phases(unsigned threads) : counts_(threads) {}

  template <typename Barrier>
  void go_through(std::uint32_t phases, unsigned thread, const Barrier& barrier) {
    Count& own = counts_[thread];
    const Count& next = counts_[(thread + 1) % counts_.size()];
    for (std::uint32_t phase = 1; phase <= phases; ++phase) {
      own.phases = phase;
      barrier();
      own.out_of_step += next.phases == phase ? 0U : 1U;
      barrier();
    }
  }
  /// How often two counts differed, of all threads.
  std::uint32_t out_of_step() const {
    std::uint32_t all = 0;
    for (const Count& count : counts_) all += count.out_of_step;
    return all;
  }

 private:
  struct alignas(64) Count {
    std::uint32_t phases = 0;
    std::uint32_t out_of_step = 0;
  };
  std::vector<Count> counts_;
};

}  // namespace regrow::cpu

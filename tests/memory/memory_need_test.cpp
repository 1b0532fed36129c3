// What is said where memory is short.
#include "memory/memory_need.h"

#include <gtest/gtest.h>

#include "regrow/error.h"

namespace regrow {
namespace {

constexpr std::uint64_t kGibi = std::uint64_t{1} << 30;

MemoryNeed need_of_a_run() {
  return {{{"layer 0", kGibi / 4, "lower --density"},
           {"a batch of 10 samples", 8 * kGibi, "lower --batch"},
           {"the data", 4 * kGibi, "take less"}}};
}

std::string refusal(std::uint64_t held, std::uint64_t available) {
  try {
    require_memory(need_of_a_run(), "the run needs", held, {available, "are free here"});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(MemoryNeed, ThatIsTooMuchIsRefusedByItsLargestPart) {
  EXPECT_EQ(refusal(0, 12 * kGibi),
            "out of memory: the run needs about 12.2 GiB (8.00 GiB for a batch of 10 samples, 4.00 "
            "GiB for the data), and 12.0 GiB are free here; lower --batch");
}

TEST(MemoryNeed, ThatIsThereIsNot) {
  EXPECT_EQ(refusal(0, 13 * kGibi), "");
  EXPECT_EQ(refusal(4 * kGibi, 9 * kGibi), "") << "what it has already needs no room";
  EXPECT_NE(refusal(4 * kGibi, 8 * kGibi), "");
}

}  // namespace
}  // namespace regrow

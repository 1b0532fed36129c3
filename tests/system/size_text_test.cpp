// Counts and sizes as people read them.
#include "system/size_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace regrow {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

TEST(SizeText, GroupsThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(kMost), "18,446,744,073,709,551,615");
}

TEST(SizeText, OfMemoryHasThreeDigits) {
  constexpr std::uint64_t kMebi = std::uint64_t{1} << 20;
  EXPECT_EQ(memory_text(0), "0 bytes");
  EXPECT_EQ(memory_text(1), "1 byte");
  EXPECT_EQ(memory_text(1023), "1023 bytes");
  EXPECT_EQ(memory_text(1024), "1.00 KiB");
  EXPECT_EQ(memory_text(1536), "1.50 KiB");
  EXPECT_EQ(memory_text(812 * kMebi), "812 MiB");
  EXPECT_EQ(memory_text(1000 * kMebi), "0.98 GiB");
  EXPECT_EQ(memory_text(12 * 1024 * kMebi + 512 * kMebi), "12.5 GiB");
  EXPECT_EQ(memory_text(kMost), "16.0 EiB");
}

}  // namespace
}  // namespace regrow

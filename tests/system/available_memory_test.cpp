// The least of what machine, groups and limits leave.
#include "system/available_memory.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "system/made_up_root.h"

namespace regrow {
namespace {

constexpr const char* kMeminfo =
    "MemTotal:       4000 kB\nMemFree:        100 kB\nMemAvailable:   3000 kB\n"
    "HugePages_Total:       0\nSwapFree:       500 kB\n";

TEST(AvailableMemory, IsTheMachinesWithItsSwap) {
  const tests::MadeUpRoot root;
  root.write("proc/meminfo", kMeminfo);
  const AvailableMemory memory = available_memory(root.path());
  EXPECT_EQ(memory.bytes, 3500U * 1024);
  EXPECT_EQ(memory.where, "are free on this machine");
}

TEST(AvailableMemory, IsTheGroupsWhereThatIsLess) {
  const tests::MadeUpRoot root;
  root.write("proc/meminfo", kMeminfo);
  root.write("proc/self/cgroup", "0::/\n");
  root.write("sys/fs/cgroup/memory.max", "2000000\n");
  root.write("sys/fs/cgroup/memory.current", "500000\n");
  const AvailableMemory memory = available_memory(root.path());
  EXPECT_EQ(memory.bytes, 1500000U);
  EXPECT_EQ(memory.where, "are left of the limit of this container or job (cgroup)");
}

TEST(AvailableMemory, IsTheLimitsOfTheProcessWhereThatIsLess) {
  for (const auto& [resource, flag] : {std::pair(RLIMIT_AS, "-v"), std::pair(RLIMIT_DATA, "-d")}) {
    rlimit before = {};
    ASSERT_EQ(getrlimit(resource, &before), 0);
    const tests::MadeUpRoot nothing_known;
    // Far above what the process has, sanitized or not.
    const rlimit some = {std::uint64_t{64} << 40, before.rlim_max};
    ASSERT_EQ(setrlimit(resource, &some), 0);
    const AvailableMemory memory = available_memory(nothing_known.path());
    setrlimit(resource, &before);
    EXPECT_LT(memory.bytes, some.rlim_cur);
    EXPECT_NE(memory.where.find(flag), std::string::npos) << memory.where;
  }
}

TEST(AvailableMemory, OfThisMachineIsSomething) {
  EXPECT_GT(available_memory().bytes, std::uint64_t{1} << 20);
}

}  // namespace
}  // namespace regrow

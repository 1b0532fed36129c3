// Quotas and limits as containers, Slurm and systemd set them.
#include "system/control_groups.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "system/made_up_root.h"
#include "system/processors.h"

namespace regrow {
namespace {

using tests::MadeUpRoot;

TEST(ControlGroups, AreNoneWhereThereAreNoFiles) {
  const MadeUpRoot root;
  EXPECT_EQ(control_group_processors(root.path()), std::nullopt);
  EXPECT_EQ(control_group_memory(root.path()), std::nullopt);
  EXPECT_EQ(available_processors(root.path()), available_processors());
}

TEST(ControlGroups, OfVersion2HaveTheLeastOfAllLevels) {
  const MadeUpRoot root;
  root.write("proc/self/cgroup", "0::/a/b\n");
  root.write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(control_group_processors(root.path()), std::nullopt);
  root.write("sys/fs/cgroup/a/cpu.max", "150000 100000\n");
  EXPECT_EQ(control_group_processors(root.path()), 1.5) << "of the one above";
  root.write("sys/fs/cgroup/a/b/cpu.max", "50000 100000\n");
  EXPECT_EQ(control_group_processors(root.path()), 0.5);
  EXPECT_EQ(available_processors(root.path()), 1U) << "rounded up";

  root.write("sys/fs/cgroup/a/memory.max", "1000000\n");
  root.write("sys/fs/cgroup/a/memory.current", "700000\n");
  root.write("sys/fs/cgroup/a/memory.stat", "anon 5\ninactive_file 200000\nslab 3\n");
  EXPECT_EQ(control_group_memory(root.path()), 500000U) << "what caches files is free";
  root.write("sys/fs/cgroup/a/b/memory.max", "max\n");
  root.write("sys/fs/cgroup/a/b/memory.current", "700000\n");
  EXPECT_EQ(control_group_memory(root.path()), 500000U);
  root.write("sys/fs/cgroup/a/memory.swap.max", "30000\n");
  root.write("sys/fs/cgroup/a/memory.swap.current", "10000\n");
  EXPECT_EQ(control_group_memory(root.path()), 500000U) << "the machine has no swap";
  root.write("proc/meminfo", "MemAvailable:   3000 kB\nSwapFree:       10 kB\n");
  EXPECT_EQ(control_group_memory(root.path()), 510240U) << "it has less than the group may have";
  root.write("proc/meminfo", "MemAvailable:   3000 kB\nSwapFree:       500 kB\n");
  EXPECT_EQ(control_group_memory(root.path()), 520000U);
}

// A container's own group is the root of its mount, but its name is that outside.
TEST(ControlGroups, OfAContainerAreAtTheRootOfItsMount) {
  const MadeUpRoot root;
  root.write("proc/self/cgroup", "0::/system.slice/docker-0.scope\n");
  root.write("sys/fs/cgroup/cpu.max", "100000 100000\n");
  EXPECT_EQ(control_group_processors(root.path()), 1.0);
}

TEST(ControlGroups, OfVersion1AreReadByController) {
  const MadeUpRoot root;
  root.write("proc/self/cgroup",
             "9:name=systemd:/\n4:memory:/job\n1:cpu,cpuacct:/job/step\n0::/\n");
  root.write("sys/fs/cgroup/cpu,cpuacct/job/step/cpu.cfs_quota_us", "-1\n");
  root.write("sys/fs/cgroup/cpu,cpuacct/job/step/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(control_group_processors(root.path()), std::nullopt);
  root.write("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "120000\n");
  root.write("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(control_group_processors(root.path()), 1.2);
  EXPECT_EQ(available_processors(root.path()), std::min(2U, available_processors()));

  root.write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "1000\n");
  root.write("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "900\n");
  root.write("sys/fs/cgroup/memory/job/memory.stat", "total_inactive_file 100\n");
  EXPECT_EQ(control_group_memory(root.path()), 200U);
  root.write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(control_group_memory(root.path()), std::nullopt) << "no limit";
}

TEST(ControlGroups, ThatAreDamagedLimitNothing) {
  const MadeUpRoot root;
  root.write("proc/self/cgroup", "nonsense\n0::/a\n:\n");
  root.write("sys/fs/cgroup/a/cpu.max", "many 0\n");
  root.write("sys/fs/cgroup/a/memory.max", "\n");
  EXPECT_EQ(control_group_processors(root.path()), std::nullopt);
  EXPECT_EQ(control_group_memory(root.path()), std::nullopt);
}

TEST(UsefulThreads, AreNoMoreThanProcessors) {
  EXPECT_EQ(useful_threads(0), available_processors());
  EXPECT_EQ(useful_threads(1), 1U);
  EXPECT_EQ(useful_threads(1024), available_processors());
}

}  // namespace
}  // namespace regrow

// Which block an exception ended.
#include "system/memory_purpose.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

namespace regrow {
namespace {

TEST(MemoryPurpose, IsTheInnermostThatWasEnded) {
  try {
    const MemoryPurpose outer("the run");
    { const MemoryPurpose done("the data"); }
    const MemoryPurpose inner("layer", 3);
    throw std::bad_alloc();
  } catch (const std::bad_alloc&) {
    EXPECT_EQ(MemoryPurpose::take_failed(), "layer 3");
  }
  EXPECT_EQ(MemoryPurpose::take_failed(), "") << "once";
}

TEST(MemoryPurpose, IsNoneOfAnExceptionThatWasDealtWith) {
  {
    const MemoryPurpose outer("the run");
    try {
      const MemoryPurpose inner("a guess");
      throw std::runtime_error("tried");
    } catch (const std::runtime_error&) {
    }
  }
  EXPECT_EQ(MemoryPurpose::take_failed(), "");
}

}  // namespace
}  // namespace regrow

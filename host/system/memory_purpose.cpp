// The innermost block that an exception leaves first says what it was about; the others keep it.
#include "system/memory_purpose.h"

#include <exception>

namespace regrow {
namespace {

// No string: there is no memory to be had for one.
struct Failed {
  const char* what = nullptr;
  std::int64_t number = -1;
};
thread_local Failed failed;

}  // namespace

MemoryPurpose::MemoryPurpose(const char* what, std::int64_t number) noexcept
    : what_(what), number_(number), exceptions_(std::uncaught_exceptions()) {}

MemoryPurpose::~MemoryPurpose() {
  if (std::uncaught_exceptions() == exceptions_) {
    failed = {};  // whatever was thrown within has been dealt with
  } else if (failed.what == nullptr) {
    failed = {what_, number_};
  }
}

std::string MemoryPurpose::take_failed() {
  const Failed last = failed;
  failed = {};
  if (last.what == nullptr) return "";
  return last.number < 0 ? last.what : last.what + (" " + std::to_string(last.number));
}

}  // namespace regrow

// What may befall a program at its operations on files. This process's own calls of the system go
// through file_faults.cpp: as it is linked into the test program, so are those of the code under
// test, and of the C++ library beneath it.
#pragma once

#include <cerrno>
#include <string>

namespace regrow::tests {

struct FileFault {
  enum class Kind {
    kNone,
    kKill,         // SIGKILL at one operation, a write of which has been half done
    kFull,         // from one operation on the disk is full, or fails with `error` …
    kFullOnce,     // … or at that one alone
    kSignal,       // a signal at one operation …
    kTwoSignals,   // … or twice the same
    kInterrupted,  // every call that a signal may interrupt is, once; then it does but half
    kNoLinks,      // the file system has no hard links
  };

  Kind kind = Kind::kNone;
  long at = 0;  // the operation; the first one is 0
  int signal = 0;
  int error = ENOSPC;
  std::string log{};  // a file that gets every operation, for read_file_log(); empty: none
};

/// From here on, in this process. No number of an operation is random, so that a test can go
/// through all.
void begin_file_fault(const FileFault& fault);

/// In this process and in its children, since the last begin_file_fault() in any of them.
long file_operations();

}  // namespace regrow::tests

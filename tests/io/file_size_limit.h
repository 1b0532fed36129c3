// A full disk, for one scope: no file of this process can grow beyond a limit.
#pragma once

#include <sys/resource.h>

#include <csignal>

namespace regrow {

class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t limit_bytes) {
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &former_);
    rlimit limit = former_;
    limit.rlim_cur = limit_bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &former_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit former_{};
  void (*handler_)(int) = nullptr;
};

}  // namespace regrow

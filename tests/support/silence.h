// What a command prints is kept from the terminal.
#pragma once

#include <iostream>
#include <ostream>
#include <sstream>
#include <string>

namespace regrow::tests {

/// Of `stream`, while this object lives.
class Silence {
 public:
  explicit Silence(std::ostream& stream) : stream_(stream), former_(stream.rdbuf(kept_.rdbuf())) {}
  ~Silence() { stream_.rdbuf(former_); }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

  std::string kept() const { return kept_.str(); }

 private:
  std::ostringstream kept_;
  std::ostream& stream_;
  std::streambuf* former_;
};

}  // namespace regrow::tests

// A gzip file inflated member by member, as it comes: zlib's own file functions pass over whatever
// follows the last member.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace regrow {

class GzipStream {
 public:
  static constexpr std::string_view kMagic = "\x1f\x8b";

  /// `read`: fills a buffer with compressed bytes, or as much as there is. `fail`: throws an Error
  /// that says the problem given to it.
  using Read = std::function<std::size_t(std::span<std::uint8_t>)>;
  using Fail = std::function<void(const std::string&)>;
  GzipStream(Read read, Fail fail);

  /// Inflated bytes, fewer than asked for only at the end. Checksums are verified.
  std::size_t read(std::span<std::uint8_t> out);
  /// Whether what has been inflated ends where a member does: else the end is missing.
  bool at_member_end() const { return at_member_end_; }

 private:
  struct InflateEnd {
    void operator()(z_stream* stream) const {
      inflateEnd(stream);
      delete stream;
    }
  };

  Read read_;
  Fail fail_;
  std::vector<std::uint8_t> compressed_;
  std::unique_ptr<z_stream, InflateEnd> inflater_;
  bool at_member_end_ = false;  // and none has begun since
};

}  // namespace regrow

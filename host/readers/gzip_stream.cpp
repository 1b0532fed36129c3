#include "readers/gzip_stream.h"

#include <algorithm>
#include <utility>

namespace regrow {
namespace {

constexpr std::size_t kCompressedBytes = std::size_t{1} << 17;
constexpr std::size_t kMaxInflateBytes = std::size_t{1} << 30;
constexpr int kGzipWindow = 15 + 16;  // zlib's way to ask for gzip's header and checksum
constexpr const char* kTrailing = "corrupt: trailing bytes follow the compressed data";

/// Why zlib refuses: it tells a wrong checksum or length at the end only by its message.
std::string damage_of(const z_stream& stream) {
  const std::string_view message = stream.msg == nullptr ? "" : stream.msg;
  if (message == "incorrect data check") return "corrupt: the data do not have their checksum";
  if (message == "incorrect length check") {
    return "corrupt: the data do not have the length at the end of the gzip file";
  }
  return "corrupt: the compressed data is damaged";
}

}  // namespace

GzipStream::GzipStream(Read read, Fail fail)
    : read_(std::move(read)), fail_(std::move(fail)), compressed_(kCompressedBytes) {
  auto stream = std::make_unique<z_stream>();
  if (inflateInit2(stream.get(), kGzipWindow) != Z_OK) fail_("cannot be read: out of memory");
  inflater_.reset(stream.release());
}

std::size_t GzipStream::read(std::span<std::uint8_t> out) {
  z_stream& stream = *inflater_;
  std::size_t total = 0;
  while (total < out.size()) {
    if (stream.avail_in == 0) {
      stream.next_in = compressed_.data();
      stream.avail_in = static_cast<unsigned>(read_(compressed_));
      if (stream.avail_in == 0) break;
    }
    if (at_member_end_) {
      // One byte alone would be waited behind for the second of a member's magic number.
      if (*stream.next_in != static_cast<unsigned char>(kMagic.front())) fail_(kTrailing);
      inflateReset(&stream);
    }
    const auto wanted = static_cast<unsigned>(std::min(out.size() - total, kMaxInflateBytes));
    stream.next_out = out.data() + total;
    stream.avail_out = wanted;
    const int result = inflate(&stream, Z_NO_FLUSH);
    if (result == Z_MEM_ERROR) fail_("cannot be read: out of memory");
    if (result != Z_OK && result != Z_STREAM_END) {
      fail_(at_member_end_ ? kTrailing : damage_of(stream));
    }
    total += wanted - stream.avail_out;
    at_member_end_ = result == Z_STREAM_END;
  }
  return total;
}

}  // namespace regrow

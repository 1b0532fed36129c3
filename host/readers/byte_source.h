// The bytes of a user's own file or of standard input, in chunks; gzipped ones, which are known by
// their first bytes, are inflated on the way. Every failure is one line with the file, what is
// wrong and the remedy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "readers/gzip_stream.h"

namespace regrow {

/// kMany: rewind() will be called; what cannot be read twice, such as a pipe, is kept in memory for
/// it, as it came.
enum class Passes : std::uint8_t { kOne, kMany };

class ByteSource {
 public:
  /// Opens `path`; "-" is standard input. Pipes are read, too. Throws Error where it is missing, a
  /// folder, unreadable or empty.
  explicit ByteSource(const std::string& path, Passes passes = Passes::kOne);
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// The path, or "standard input": what messages begin with.
  const std::string& name() const { return name_; }
  /// Whether another library may open the path itself: a file on the disk that is not gzipped.
  bool is_plain_file() const { return is_regular_ && !is_gzipped_; }
  /// The first bytes, uncompressed, at most kKindBytes of them; reading them does not use them up.
  std::string_view head() const { return head_; }

  /// Fills `out`, or as much of it as there is until the end: 0 says that nothing is left. Throws
  /// Error on a truncated or damaged file.
  std::size_t read(std::span<std::uint8_t> out);
  /// Exactly so many bytes; throws Error where there are less. Memory grows with what is read, so
  /// that the number may come from an untrusted header.
  std::vector<std::uint8_t> read_exactly(std::uint64_t bytes);
  /// All that is left.
  std::vector<std::uint8_t> read_rest();
  /// Begins again at the first byte; of Passes::kMany.
  void rewind();

  /// Throws Error "NAME: PROBLEM; REMEDY".
  [[noreturn]] void fail(std::string_view problem, std::string_view remedy) const;
  /// Of a file that is not `expected` ("a NumPy array"): what it is instead, where its first bytes
  /// tell, as those of an archive, a web page or a pointer of git-lfs do; else `otherwise`.
  [[noreturn]] void fail_as_other_kind(std::string_view expected, std::string_view otherwise,
                                       std::string_view remedy) const;

 private:
  /// Closed at the end, where it was opened here.
  struct Descriptor {
    Descriptor() = default;
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number = 0;  // standard input
    bool is_own = false;
  };

  void open(const std::string& path);
  void begin();
  std::size_t read_unpacked(std::span<std::uint8_t> out);  // inflated, where it is gzipped
  std::size_t read_raw(std::span<std::uint8_t> out);       // as in the file
  std::size_t read_descriptor(std::span<std::uint8_t> out);

  std::string name_;
  Descriptor descriptor_;
  bool is_regular_ = false;
  bool is_seekable_ = false;
  std::int64_t start_ = 0;  // of a seekable one: standard input may have been read before
  // Of one that is not seekable, what is read before the descriptor is: the bytes that told whether
  // it is gzipped or, where it keeps them for rewind(), all that were read.
  std::vector<std::uint8_t> kept_;
  std::size_t kept_position_ = 0;
  bool keeps_ = false;
  bool is_gzipped_ = false;
  std::unique_ptr<GzipStream> gzip_;  // of a gzipped one
  std::string head_;
  std::size_t head_position_ = 0;
};

}  // namespace regrow

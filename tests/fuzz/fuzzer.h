// What the fuzzers share: the only outcomes that a reader of outside bytes may have, and files for
// readers that take paths.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include "regrow/error.h"

namespace regrow::fuzz {

/// Lets `read` succeed, or throw an Error that says something; whatever else it does ends the
/// program. (Its one line, whatever bytes it quotes, is made where it is printed.)
template <typename Read>
void accept_or_refuse(const Read& read) {
  try {
    read();
  } catch (const Error& refusal) {
    if (*refusal.what() == '\0') std::abort();
  }
}

/// A folder of this process, in memory where that is possible, gone with its end.
inline const std::filesystem::path& folder() {
  struct Folder {
    Folder() {
      const char* variable = std::getenv("TMPDIR");
      path = variable != nullptr ? variable : "/dev/shm";
      path /= "regrow-fuzz-" + std::to_string(::getpid());
      std::filesystem::create_directories(path);
    }
    ~Folder() {
      std::error_code ignored;
      std::filesystem::remove_all(path, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::filesystem::path path;
  };
  static const Folder made;
  return made.path;
}

inline void put(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// The text with what stands between two bytes 1 repeated many times, so that a short input is a
/// deep one; TOML and JSON have no such byte.
inline std::string expanded(std::string_view text) {
  constexpr std::size_t kMostBytes = std::size_t{1} << 20;
  constexpr char kMark = 1;
  const std::size_t begin = text.find(kMark);
  const std::size_t end = begin == std::string_view::npos ? begin : text.find(kMark, begin + 1);
  if (end == std::string_view::npos) return std::string(text);
  const std::string_view piece = text.substr(begin + 1, end - begin - 1);
  std::string deep(text.substr(0, begin));
  while (!piece.empty() && deep.size() < kMostBytes) deep += piece;
  return deep + std::string(text.substr(end + 1));
}

/// Takes an input apart: pieces with their length before them in two bytes, then the rest.
class Pieces {
 public:
  Pieces(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  unsigned byte() {
    const std::string_view piece = take(1);
    return piece.empty() ? 0 : static_cast<unsigned char>(piece[0]);
  }
  std::string_view piece() {
    const unsigned high = byte();
    return take(high * 256 + byte());
  }
  std::string_view rest() { return take(rest_.size()); }

 private:
  std::string_view take(std::size_t count) {
    const std::string_view piece = rest_.substr(0, count);
    rest_.remove_prefix(piece.size());
    return piece;
  }

  std::string_view rest_;
};

}  // namespace regrow::fuzz

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it by this name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

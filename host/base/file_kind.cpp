// Signatures are looked for first; what has none may still be a text.
#include "base/file_kind.h"

#include <algorithm>
#include <array>

namespace regrow {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  std::string_view name;
  std::string_view remedy;
};

constexpr std::string_view kUnpack = "unpack it first";

constexpr std::array kSignatures = std::to_array<Signature>({
    {0, "version https://git-lfs.github.com/spec/"sv, "a git-lfs pointer",
     "fetch the file itself with git lfs pull"},
    {0, "\x1f\x8b"sv, "gzipped", kUnpack},
    {0, "BZh"sv, "compressed by bzip2", kUnpack},
    {0, "\xfd\x37zXZ\0"sv, "compressed by xz", kUnpack},
    {0, "\x28\xb5\x2f\xfd"sv, "compressed by Zstandard", kUnpack},
    {0, "7z\xbc\xaf\x27\x1c"sv, "a 7-Zip archive", kUnpack},
    {0, "Rar!\x1a\x07"sv, "a RAR archive", kUnpack},
    {257, "ustar"sv, "a tar archive", kUnpack},
    {0, "\x93NUMPY"sv, "a NumPy array (.npy)", ""},
    {0, "\x89HDF\r\n\x1a\n"sv, "an HDF5 file", ""},
    {0, "MATLAB 5.0 MAT-file"sv, "a MATLAB file", ""},
    {0, "PAR1"sv, "a Parquet file", ""},
    {0, "GGUF"sv, "a GGUF file", ""},
    {0, "\x89PNG\r\n\x1a\n"sv, "a PNG image", ""},
    {0, "\xff\xd8\xff"sv, "a JPEG image", ""},
    {0, "%PDF-"sv, "a PDF document", ""},
});

/// A ZIP archive by the name of its first file: PyTorch and NumPy write such archives, too.
FileKind kind_of_zip(std::string_view head) {
  constexpr std::size_t kNameLengthAt = 26, kNameAt = 30;
  if (head.size() > kNameAt) {
    const std::size_t length =
        static_cast<unsigned char>(head[kNameLengthAt]) +
        256 * std::size_t{static_cast<unsigned char>(head[kNameLengthAt + 1])};
    const std::string_view name = head.substr(kNameAt, length);
    if (name.ends_with("/data.pkl")) return {"a PyTorch file (.pt)"};
    if (name.ends_with(".npy")) return {"a NumPy archive (.npz)"};
  }
  return {"a ZIP archive", kUnpack};
}

/// Protocols 2 to 5, as Python writes them.
bool is_pickle(std::string_view head) {
  return head.size() > 2 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5;
}

bool is_printable(char byte) {
  return byte == '\t' || byte == '\n' || byte == '\r' || (byte >= ' ' && byte < '\x7f');
}

/// What a server sent in the file's place as a page, or as a line of text.
FileKind kind_of_text(std::string_view head) {
  constexpr std::size_t kShownBytes = 40;
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
  std::string start(head.substr(0, kShownBytes));
  std::transform(start.begin(), start.end(), start.begin(), [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  });
  for (const std::string_view tag : {"<!doctype html"sv, "<html"sv, "<head"sv, "<?xml"sv}) {
    if (start.starts_with(tag)) {
      return {"a web page, such as a server sends in place of a file that it does not give"};
    }
  }
  constexpr std::size_t kFewestLetters = 8;  // fewer are that by chance
  if (head.size() < kFewestLetters || !std::all_of(head.begin(), head.end(), is_printable)) {
    return {};
  }
  const std::string_view line = head.substr(0, std::min(head.find_first_of("\t\r\n"), kShownBytes));
  return {"text that begins with `" + std::string(line) + "`", {}, true};
}

}  // namespace

FileKind foreign_kind(std::string_view head) {
  head = head.substr(0, kKindBytes);
  for (const Signature& signature : kSignatures) {
    if (head.size() >= signature.offset &&
        head.substr(signature.offset).starts_with(signature.bytes)) {
      return {std::string(signature.name), signature.remedy};
    }
  }
  if (head.starts_with("PK\x03\x04")) return kind_of_zip(head);
  if (is_pickle(head)) return {"a Python pickle, as PyTorch's older .pt files are, too"};
  return kind_of_text(head);
}

}  // namespace regrow

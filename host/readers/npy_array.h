// NumPy's format .npy, versions 1.0 to 3.0: a header, which is a Python dictionary, then the
// elements (numpy.lib.format describes it). Nothing of the header is believed before it is checked
// against the bytes that there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace regrow {

/// The bytes of one array: those of a file, or of a member of an archive.
class ArrayBytes {
 public:
  /// `name`: what messages begin with. `size`: in bytes, as far as it can be known before reading.
  ArrayBytes(std::string name, std::uint64_t size) : name_(std::move(name)), size_(size) {}
  virtual ~ArrayBytes() = default;
  ArrayBytes(const ArrayBytes&) = delete;
  ArrayBytes& operator=(const ArrayBytes&) = delete;

  /// Fills `out`, or as much of it as there is; 0 at the end, where a checksum has been checked.
  /// Throws Error on damage.
  virtual std::size_t read(std::span<std::uint8_t> out) = 0;

  const std::string& name() const { return name_; }
  std::uint64_t size() const { return size_; }

 private:
  std::string name_;
  std::uint64_t size_;
};

enum class ElementKind : std::uint8_t { kBool, kSigned, kUnsigned, kFloat, kBytes, kUnicode };

struct ArrayHeader {
  ElementKind kind = ElementKind::kUnsigned;
  std::size_t item_bytes = 1;  // of an element
  bool is_big_endian = false;
  bool is_fortran = false;           // the first index runs fastest
  std::vector<std::uint64_t> shape;  // the number of elements and their bytes fit into 64 bits

  bool is_text() const { return kind == ElementKind::kBytes || kind == ElementKind::kUnicode; }
  std::uint64_t elements() const;
};

/// As NumPy prints it: "float32 (60000, 28, 28)".
std::string in_words(const ArrayHeader& header);
/// "(60000, 28, 28)".
std::string shape_in_words(std::span<const std::uint64_t> shape);

class NpyArray {
 public:
  /// Reads the header. Throws Error where it is none, where the array has not as many bytes as it
  /// says, and where its elements are neither numbers nor strings.
  explicit NpyArray(std::unique_ptr<ArrayBytes> bytes);

  const ArrayHeader& header() const { return header_; }
  const std::string& name() const { return bytes_->name(); }

  /// The next elements, in the file's order, until there are none; they are valid until the next
  /// call. Throws Error on a truncated or damaged file.
  std::span<const std::uint8_t> next_elements();

  /// Throws Error "NAME: PROBLEM; REMEDY".
  [[noreturn]] void fail(std::string_view problem, std::string_view remedy) const;
  /// "[12, 3]", the index of the element at so many elements from the first of the file.
  std::string index_of(std::uint64_t position) const;

 private:
  std::string read_header_text();
  void read_exactly(std::span<std::uint8_t> out);
  void check_end();

  std::unique_ptr<ArrayBytes> bytes_;
  ArrayHeader header_;
  std::uint64_t header_bytes_ = 0;
  std::uint64_t read_ = 0;  // bytes, from the first of the file
  std::vector<std::uint8_t> chunk_;
};

}  // namespace regrow

#include "readers/npy_array.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/file_kind.h"
#include "base/utf8.h"
#include "regrow/error.h"
#include "system/size_text.h"

namespace regrow {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kNpyMagic = "\x93NUMPY"sv;
constexpr const char* kSaveAgain = "write it again with numpy.save or numpy.savez";
constexpr std::size_t kMostHeaderBytes = std::size_t{1} << 16;  // NumPy itself reads 10,000
constexpr std::size_t kMostDimensions = 64;                     // as NumPy has at most
constexpr std::size_t kChunkBytes = std::size_t{1} << 18;

/// What the dictionary says, as it says it.
struct HeaderDictionary {
  std::string descr;
  bool is_fortran = false;
  std::vector<std::uint64_t> shape;
};

/// Reads the literal of a Python dictionary as NumPy writes it: the three keys in any order, each
/// once. false: it is none. (A structured type is a list, which no std::string can be.)
class DictionaryParser {
 public:
  explicit DictionaryParser(std::string_view text) : rest_(text) {}

  bool parse(HeaderDictionary& dictionary, bool& is_structured) {
    bool has_descr = false, has_order = false, has_shape = false;
    if (!take('{')) return false;
    while (!take('}')) {
      std::string key;
      if (!string(key) || !take(':')) return false;
      if (key == "descr" && !has_descr) {
        has_descr = true;
        is_structured = peek() == '[';
        if (is_structured) return true;
        if (!string(dictionary.descr)) return false;
      } else if (key == "fortran_order" && !has_order) {
        has_order = true;
        if (!boolean(dictionary.is_fortran)) return false;
      } else if (key == "shape" && !has_shape) {
        has_shape = true;
        if (!tuple(dictionary.shape)) return false;
      } else {
        return false;
      }
      if (!take(',') && peek() != '}') return false;
    }
    skip_blanks();
    return rest_.empty() && has_descr && has_order && has_shape;
  }

 private:
  void skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n"), rest_.size()));
  }
  char peek() {
    skip_blanks();
    return rest_.empty() ? '\0' : rest_.front();
  }
  bool take(char wanted) {
    if (peek() != wanted || rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool word(std::string_view wanted) {
    skip_blanks();
    if (!rest_.starts_with(wanted)) return false;
    rest_.remove_prefix(wanted.size());
    return true;
  }
  bool string(std::string& text) {
    const char quote = peek();
    if (quote != '\'' && quote != '"') return false;
    const std::size_t end = rest_.find(quote, 1);
    if (end == std::string_view::npos) return false;
    text = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return text.find('\\') == std::string::npos;
  }
  bool boolean(bool& value) {
    value = word("True");
    return value || word("False");
  }
  bool number(std::uint64_t& value) {
    skip_blanks();
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc()) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    word("L");  // of Python 2's long integers
    return true;
  }
  bool tuple(std::vector<std::uint64_t>& values) {
    if (!take('(')) return false;
    while (!take(')')) {
      if (values.size() == kMostDimensions) return false;
      if (!number(values.emplace_back())) return false;
      if (!take(',') && peek() != ')') return false;
    }
    return true;
  }

  std::string_view rest_;
};

struct RefusedType {
  std::string_view name;
  std::string_view remedy;
};

constexpr RefusedType kStructured{
    "has elements of several fields (a structured type)",
    "save its fields as arrays of their own, or as columns of one array of floats"};

/// Types that are known and not read, by the letter that stands for them.
std::optional<RefusedType> refused_type(char letter) {
  switch (letter) {
    case 'O':
      return RefusedType{
          "has Python objects as elements (type object), which are not read, as "
          "reading them can run any code",
          "save numbers, for example with numpy.save(FILE, x.astype('float32')), "
          "or strings with y.astype('U')"};
    case 'c':
      return RefusedType{
          "has complex numbers",
          "save real numbers, such as numpy.abs(x), or x.real and x.imag side by side"};
    case 'M':
    case 'm':
      return RefusedType{"has dates or times",
                         "save them as numbers, for example with x.astype('int64')"};
    case 'V':
      return RefusedType{"has raw bytes (type void) as elements",
                         "save it with x.view('uint8'), or as numbers of the type that they are"};
    default:
      return std::nullopt;
  }
}

/// "<f4" and the like; false: of no type that is known.
bool parse_type(std::string_view descr, ArrayHeader& header) {
  if (descr.size() < 3) return false;
  const char order = descr[0], letter = descr[1];
  std::size_t number = 0;
  const char* const end = descr.data() + descr.size();
  const auto [rest, error] = std::from_chars(descr.data() + 2, end, number);
  if (error != std::errc() || rest != end) return false;
  constexpr std::size_t kCodePointBytes = 4;
  constexpr std::size_t kMostItemBytes = std::size_t{1} << 31;  // as NumPy has at most
  switch (letter) {
    case 'b':
      header.kind = ElementKind::kBool;
      break;
    case 'i':
      header.kind = ElementKind::kSigned;
      break;
    case 'u':
      header.kind = ElementKind::kUnsigned;
      break;
    case 'f':
      header.kind = ElementKind::kFloat;
      break;
    case 'S':
    case 'a':
      header.kind = ElementKind::kBytes;
      break;
    case 'U':
      header.kind = ElementKind::kUnicode;
      break;
    default:
      return false;
  }
  if (number == 0 || number > kMostItemBytes / kCodePointBytes) return false;
  header.item_bytes = header.kind == ElementKind::kUnicode ? number * kCodePointBytes : number;
  header.is_big_endian = order == '>';
  const bool has_order = order == '<' || order == '>';
  switch (header.kind) {
    case ElementKind::kBool:
      return number == 1 && (has_order || order == '|');
    case ElementKind::kSigned:
    case ElementKind::kUnsigned:
      return (number == 1 && order == '|') ||
             (has_order && (number == 1 || number == 2 || number == 4 || number == 8));
    case ElementKind::kFloat:
      return has_order && (number == 2 || number == 4 || number == 8);
    case ElementKind::kBytes:
      return has_order || order == '|';
    case ElementKind::kUnicode:
      return has_order;
  }
  return false;
}

/// Whether the product and that with the bytes of an element fit into 64 bits, and no dimension
/// that hides behind a 0 is beyond them.
bool is_countable(const ArrayHeader& header) {
  std::uint64_t product = header.item_bytes;
  for (const std::uint64_t extent : header.shape) {
    if (extent != 0 && __builtin_mul_overflow(product, extent, &product)) return false;
  }
  return product <= std::uint64_t{1} << 62;
}

}  // namespace

std::uint64_t ArrayHeader::elements() const {
  std::uint64_t product = 1;
  for (const std::uint64_t extent : shape) product *= extent;
  return product;
}

std::string shape_in_words(std::span<const std::uint64_t> shape) {
  return shape.size() == 1 ? fmt::format("({},)", shape[0])
                           : fmt::format("({})", fmt::join(shape, ", "));
}

std::string in_words(const ArrayHeader& header) {
  const std::size_t bits = header.item_bytes * 8;
  std::string type;
  switch (header.kind) {
    case ElementKind::kBool:
      type = "bool";
      break;
    case ElementKind::kSigned:
      type = fmt::format("int{}", bits);
      break;
    case ElementKind::kUnsigned:
      type = fmt::format("uint{}", bits);
      break;
    case ElementKind::kFloat:
      type = fmt::format("float{}", bits);
      break;
    case ElementKind::kBytes:
    case ElementKind::kUnicode:
      type = "strings";
      break;
  }
  return fmt::format("{} {}", type, shape_in_words(header.shape));
}

NpyArray::NpyArray(std::unique_ptr<ArrayBytes> bytes) : bytes_(std::move(bytes)) {
  const std::string text = read_header_text();
  HeaderDictionary dictionary;
  bool is_structured = false;
  if (!DictionaryParser(text).parse(dictionary, is_structured)) {
    const std::string shown = text.substr(0, text.find_last_not_of(" \n") + 1);
    fail(fmt::format("corrupt: its header `{}` is not the one of a NumPy array", excerpt(shown)),
         kSaveAgain);
  }
  if (is_structured) fail(kStructured.name, kStructured.remedy);
  if (!parse_type(dictionary.descr, header_)) {
    const char letter = dictionary.descr.size() > 1 ? dictionary.descr[1] : '\0';
    if (const auto refused = refused_type(letter)) fail(refused->name, refused->remedy);
    fail(fmt::format("has elements of type `{}`, which is not read", excerpt(dictionary.descr)),
         "save it with x.astype('float32'), or strings with y.astype('U')");
  }
  header_.is_fortran = dictionary.is_fortran;
  header_.shape = std::move(dictionary.shape);
  const std::uint64_t there = bytes_->size() - header_bytes_;
  const std::uint64_t due =
      is_countable(header_) ? header_.elements() * header_.item_bytes : there + 1;
  if (due == there) return;
  fail(fmt::format("{}: {} bytes follow the header of an array {}",
                   due > there ? "truncated" : "oversized", grouped(there), in_words(header_)),
       due > there ? "get or write the file again" : kSaveAgain);
}

std::string NpyArray::read_header_text() {
  std::array<std::uint8_t, 8> start{};
  std::size_t got = 0;
  while (got < start.size()) {
    const std::size_t more = bytes_->read(std::span(start).subspan(got));
    if (more == 0) break;
    got += more;
  }
  read_ = got;
  const std::string_view head(reinterpret_cast<const char*>(start.data()), got);
  if (!head.starts_with(kNpyMagic)) {
    if (kNpyMagic.starts_with(head)) {
      fail(fmt::format("truncated: {} bytes are no array", got), "get or write the file again");
    }
    const FileKind kind = foreign_kind(head);
    fail(kind.name.empty() ? "is not a NumPy array (.npy)"
                           : fmt::format("is {}, not a NumPy array (.npy)", kind.name),
         kind.remedy.empty() ? kSaveAgain : kind.remedy);
  }
  if (got < start.size()) {
    fail(fmt::format("truncated: {} bytes are no array", got), "get or write the file again");
  }
  const unsigned version = start[6];
  if (version < 1 || version > 3 || start[7] != 0) {
    fail(fmt::format(
             "is of version {}.{} of the format of NumPy arrays, of which 1.0 to 3.0 are read",
             version, start[7]),
         "write it again with an older NumPy");
  }
  std::array<std::uint8_t, 4> length_bytes{};
  const std::size_t length_size = version == 1 ? 2 : 4;
  read_exactly(std::span(length_bytes).first(length_size));
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_size; ++i) length |= std::size_t{length_bytes.at(i)} << 8 * i;
  if (length > bytes_->size() - std::min(read_, bytes_->size())) {
    fail(fmt::format("truncated: its header of {} bytes is longer than the rest of the file",
                     grouped(length)),
         "get or write the file again");
  }
  if (length > kMostHeaderBytes) {
    fail(fmt::format("corrupt: its header of {} bytes is longer than the {} that are possible",
                     grouped(length), grouped(kMostHeaderBytes)),
         kSaveAgain);
  }
  std::string text(length, '\0');
  read_exactly({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  header_bytes_ = read_;
  return text;
}

void NpyArray::read_exactly(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const std::size_t got = bytes_->read(out);
    if (got == 0) {
      fail(fmt::format("truncated: {} bytes of {}", grouped(read_), grouped(bytes_->size())),
           "get or write the file again");
    }
    read_ += got;
    out = out.subspan(got);
  }
}

std::span<const std::uint8_t> NpyArray::next_elements() {
  const std::uint64_t left = bytes_->size() - read_;
  if (left == 0) {
    check_end();
    return {};
  }
  const std::uint64_t items = std::max<std::uint64_t>(kChunkBytes / header_.item_bytes, 1);
  chunk_.resize(std::min<std::uint64_t>(items * header_.item_bytes, left));
  read_exactly(chunk_);
  return chunk_;
}

/// Where an archive's member goes on, its size was a lie; and there its checksum is checked.
void NpyArray::check_end() {
  std::array<std::uint8_t, 1> more{};
  if (bytes_->read(more) != 0) {
    fail(fmt::format("oversized: it goes on after its {} bytes", grouped(bytes_->size())),
         kSaveAgain);
  }
}

void NpyArray::fail(std::string_view problem, std::string_view remedy) const {
  throw Error(fmt::format("{}: {}; {}", name(), problem, remedy));
}

std::string NpyArray::index_of(std::uint64_t position) const {
  std::vector<std::uint64_t> index(header_.shape.size());
  for (std::size_t i = 0; i < index.size(); ++i) {
    const std::size_t axis = header_.is_fortran ? i : index.size() - 1 - i;
    index[axis] = position % header_.shape[axis];
    position /= header_.shape[axis];
  }
  return fmt::format("[{}]", fmt::join(index, ", "));
}

}  // namespace regrow

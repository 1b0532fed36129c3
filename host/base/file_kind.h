// What a file is that is not what was asked for: downloads and tools put other things under the
// same name. Known by the first bytes, as file(1) knows them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace regrow {

/// As many first bytes as foreign_kind() looks at.
inline constexpr std::size_t kKindBytes = 512;

struct FileKind {
  std::string name;           // "a ZIP archive"; empty where the bytes are of no kind known here
  std::string_view remedy{};  // empty where only the caller can say what to do
  bool is_any_text = false;   // then `name` quotes how it begins
};

/// `head`: the first bytes of a file that is known not to be what it should be.
FileKind foreign_kind(std::string_view head);

}  // namespace regrow

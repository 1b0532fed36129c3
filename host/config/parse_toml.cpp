// TOML as toml++ parses it, after a look at how deep it is nested: the library counts the levels of
// lists and inline tables, but not those of dotted keys, and would overflow the stack.
#include "config/parse_toml.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "regrow/error.h"

namespace regrow {
namespace {

/// Behind the string that begins at `begin`; one that is not closed ends with the text, or, unless
/// it may have several lines, with its line.
std::size_t end_of_string(std::string_view text, std::size_t begin) {
  constexpr std::size_t kFence = 3, kMostQuotesAtEnd = 5;  // two of them belong to the content
  const char quote = text[begin];
  const auto quotes_at = [&](std::size_t at) {
    const std::string_view quotes = text.substr(at, kMostQuotesAtEnd);
    return std::min(quotes.find_first_not_of(quote), quotes.size());
  };
  const bool is_multi_line = quotes_at(begin) >= kFence;
  for (std::size_t at = begin + (is_multi_line ? kFence : 1); at < text.size(); ++at) {
    if (text[at] == '\\' && quote == '"') {
      ++at;
    } else if (text[at] == '\n' && !is_multi_line) {
      return at;
    } else if (text[at] == quote) {
      const std::size_t quotes = quotes_at(at);
      if (!is_multi_line) return at + 1;
      if (quotes >= kFence) return at + quotes;
      at += quotes - 1;
    }
  }
  return text.size();
}

/// Counts levels as far as the text is TOML; what is wrong with it is for the parser to say.
class Levels {
 public:
  explicit Levels(std::string_view text) : text_(text) {}

  /// Where there are too many first; npos where nowhere are.
  std::size_t too_many_at() {
    for (std::size_t at = 0; at < text_.size(); ++at) {
      const char c = text_[at];
      if (c == '#') {
        at = std::min(text_.find('\n', at), text_.size()) - 1;
      } else if (c == '"' || c == '\'') {
        at = end_of_string(text_, at) - 1;
        begins_line_ = false;
      } else {
        take(c);
        if (section_ + enclosing_ + parts_ > kMostTomlLevels) return at;
      }
    }
    return std::string_view::npos;
  }

 private:
  void take(char c) {
    const bool begins_line = begins_line_;
    begins_line_ = begins_line && (c == ' ' || c == '\t' || c == '\r');
    switch (c) {
      case '\n':
        parts_ = 1;
        if (!open_.empty()) break;
        if (is_header_) section_ = header_parts_;
        is_header_ = false;
        key_parts_ = 1;
        begins_line_ = true;
        break;
      case '.':
        ++parts_;
        if (is_header_) header_parts_ = parts_;
        break;
      case ',':
        parts_ = key_parts_ = 1;
        break;
      case '=':
        key_parts_ = parts_;
        parts_ = 1;
        break;
      case '[':
      case '{':
        if (begins_line && c == '[') {
          is_header_ = true;
          section_ = 0;
          header_parts_ = 1;
        } else if (!is_header_) {
          open_.push_back(key_parts_);
          enclosing_ += key_parts_;
          parts_ = key_parts_ = 1;
        }
        break;
      case ']':
      case '}':
        if (open_.empty()) break;
        enclosing_ -= open_.back();
        open_.pop_back();
        parts_ = key_parts_ = 1;
        break;
      default:
        break;
    }
  }

  std::string_view text_;
  bool begins_line_ = true;        // nothing but blanks was before
  bool is_header_ = false;         // of a section, up to the line's end
  std::size_t header_parts_ = 0;   // "[a.b]" has two
  std::size_t section_ = 0;        // the parts of the last header
  std::vector<std::size_t> open_;  // for each bracket, the parts of the key whose value it begins
  std::size_t enclosing_ = 0;      // the sum of these
  std::size_t parts_ = 1;          // of what is read; a number may have some, too
  std::size_t key_parts_ = 1;      // of the key whose value is read; of a list's element 1
};

std::ptrdiff_t line_at(const std::string& text, std::size_t at) {
  return 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
}

/// The parser says where a text is none, but not what to do about it.
void require_utf8(const std::string& text, const std::string& source) {
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    throw UsageError(fmt::format("{}: is UTF-16; save it as UTF-8", source));
  }
  std::size_t at = 0;
  while (at < text.size() && text[at] != '\0') {
    const Character character = character_at(text, at);
    if (character.code < 0) break;
    at += character.bytes;
  }
  if (at == text.size()) return;
  throw UsageError(
      text[at] == '\0'
          ? fmt::format("{}:{}: has a NUL byte, as UTF-16 and damaged files have; save "
                        "it as UTF-8, or write it anew",
                        source, line_at(text, at))
          : fmt::format("{}:{}: is not UTF-8 (byte {:#04x}); save it as UTF-8", source,
                        line_at(text, at), static_cast<unsigned char>(text[at])));
}

}  // namespace

toml::table parse_toml(const std::string& text, const std::string& source) {
  constexpr std::size_t kMostCharacters = 160;  // of a parser's message, which names keys in full
  if (text.size() > kMostTomlBytes) {
    throw UsageError(fmt::format("{}: is longer than {} MiB, which no configuration is", source,
                                 kMostTomlBytes >> 20));
  }
  require_utf8(text, source);
  const std::size_t at = Levels(text).too_many_at();
  if (at != std::string_view::npos) {
    throw UsageError(fmt::format(
        "{}:{}: is nested more than {} levels deep; a setting stands in a section, not deeper",
        source, line_at(text, at), kMostTomlLevels));
  }
  try {
    return toml::parse(text, source);
  } catch (const toml::parse_error& error) {
    throw UsageError(fmt::format("{}: {}", toml_place(error.source(), source),
                                 excerpt(error.description(), kMostCharacters)));
  }
}

std::string toml_place(const toml::source_region& region, const std::string& file) {
  return fmt::format("{}:{}", file, region.begin.line);
}

}  // namespace regrow

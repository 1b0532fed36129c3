// A remedy fits its cause: nobody is sent for a new copy of a file that may not be read.
#include "base/read_failure.h"

#include <fmt/format.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace regrow {

namespace fs = std::filesystem;

std::string_view read_remedy(int error_number) {
  switch (error_number) {
    case EACCES:
    case EPERM:
      return "check its permissions and those of the folders above it";
    case ENAMETOOLONG:
      return "use a shorter path";
    case ELOOP:
      return "mend the symbolic links, which lead in a circle";
    case EMFILE:
    case ENFILE:
      return "raise the limit on open files (ulimit -n)";
    case ENOMEM:
      return "free some memory";
    case ENOENT:
    case ENOTDIR:
      return "check the path";
    case EISDIR:
      return "give a file, not a folder";
    default:
      return "check the disk, or the connection to it";
  }
}

void fail_to_read(const fs::path& path, int error_number) {
  const std::string line =
      fmt::format("{}: cannot be read: {}; {}", path.string(),
                  std::generic_category().message(error_number), read_remedy(error_number));
  if (error_number == EIO) throw Error(line);
  throw UnreadableError(line);
}

fs::file_type type_to_read(const fs::path& path) {
  std::error_code error;
  const fs::file_type type = fs::status(path, error).type();
  if (error && type != fs::file_type::not_found) fail_to_read(path, error.value());
  return type;
}

}  // namespace regrow

// A remedy fits its cause: nobody is sent to free space where a name is too long.
#include "io/write_remedy.h"

#include <fmt/format.h>

#include <cerrno>

namespace regrow {
namespace {

/// Whether another folder would do, too, or the cause is everywhere the same.
enum class Elsewhere : bool { kFails, kWorks };

struct Remedy {
  const char* what;
  Elsewhere elsewhere = Elsewhere::kWorks;
};

Remedy remedy_of(int error_number) {
  switch (error_number) {
    case ENOSPC:
      return {"free some space"};
    case EDQUOT:
      return {"free some of your disk quota"};
    case EFBIG:
      return {"raise the limit on the size of files (ulimit -f)", Elsewhere::kFails};
    case EMFILE:
      return {"raise the limit on open files (ulimit -n)", Elsewhere::kFails};
    case ENFILE:
      return {"close other programs, or raise the system's limit on open files (fs.file-max)",
              Elsewhere::kFails};
    case ENAMETOOLONG:
      return {"choose a shorter name", Elsewhere::kFails};
    case EACCES:
    case EPERM:
      return {"change the permissions"};
    case EROFS:
      return {"mount its file system for writing"};
    case ELOOP:
      return {"mend the symbolic links, which lead in a circle,"};
    case ENOENT:
      return {"check that its folder takes new files"};  // those of /proc do not
    case ENOTDIR:
      return {"move away the file that is in a folder's place"};
    case EISDIR:
      return {"move away the folder that is in the file's place"};
    case ESTALE:
      return {"mount the network's file system again"};
    case EBUSY:
    case ETXTBSY:
      return {"end the program that uses it"};
    default:  // EIO and what is rarer
      return {"check the disk (dmesg)"};
  }
}

}  // namespace

std::string write_remedy(int error_number, const std::string& other) {
  const Remedy remedy = remedy_of(error_number);
  if (remedy.elsewhere == Elsewhere::kFails) return remedy.what;
  return fmt::format("{} or choose {}", remedy.what, other);
}

std::string resume_remedy(int error_number) {
  return fmt::format("{} and go on with --resume", remedy_of(error_number).what);
}

}  // namespace regrow

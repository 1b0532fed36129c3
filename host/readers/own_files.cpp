#include "readers/own_files.h"

#include "regrow/error.h"

namespace regrow {

RawData read_own_files(const std::string& path, DataFormat /*format*/,
                       const ReadRequest& /*request*/) {
  throw Error(path + ": is not read yet");
}

}  // namespace regrow

// A user's own files, by their format.
#pragma once

#include <string>

#include "readers/raw_samples.h"

namespace regrow {

/// `path`: a file, a folder or "-". Throws Error naming file, place and remedy.
RawData read_own_files(const std::string& path, DataFormat format, const ReadRequest& request);

}  // namespace regrow

// A user's own files, by their format.
#pragma once

#include <string>

#include "readers/raw_samples.h"

namespace regrow {

/// Whether `data` is one of a user's own rather than the folder of a data set that has a name: a
/// file, "-", or a folder of images or of arrays.
bool is_own_data(const std::string& data);

/// `path`: a file, a folder or "-". Throws Error naming file, place and remedy.
RawData read_own_files(const std::string& path, DataFormat format, const ReadRequest& request);

}  // namespace regrow

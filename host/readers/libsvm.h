// LIBSVM's and SVMlight's format: a sample a line, "label index:value index:value … # comment".
#pragma once

#include <cstdint>

#include "readers/byte_source.h"
#include "readers/raw_samples.h"

namespace regrow {

/// A higher index is taken for a mistake: what is kept of every feature would fill the memory.
inline constexpr std::uint32_t kMostLibsvmFeatures = std::uint32_t{1} << 27;

/// The samples as sparse rows, whose indices may be in any order. They are counted from 1, unless a
/// line has the index 0; of unseen samples, as those that were trained on. Labels are numbers;
/// unseen samples may have none. As many features as the highest index says, or the request. Blank
/// lines and lines of a comment are passed over. Throws Error naming file, line and remedy.
RawData read_libsvm(ByteSource& source, const ReadRequest& request);

}  // namespace regrow

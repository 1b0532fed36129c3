// A data set of a user's own files.
#pragma once

#include "regrow/data_config.h"
#include "regrow/dataset.h"

namespace regrow {

/// All samples of config.data, and of config.test or, where the data has no test samples, a share
/// of them, of every class alike, as such. Throws Error naming file, place and remedy.
Dataset load_custom(const DataConfig& config, bool predicts_numbers);

}  // namespace regrow

// Which settings of section [training] go together, and with the data.
#pragma once

#include "regrow/config.h"

namespace regrow {

/// True where the data has numbers to predict instead of labels.
bool predicts_numbers(const Config& config);

/// Replaces `auto` by what it means.
void resolve_monitor(Config& config);

/// Throws UsageError with the remedy where the loss does not go with the data, or a setting would
/// say nothing of that loss, or where an accuracy is to steer though there are no labels. Measures
/// are resolved.
void check_training(const Config& config);

}  // namespace regrow

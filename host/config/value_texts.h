// How settings of several parts are written: one text a value, which is parsed here and nowhere
// else. Each print_… writes what its parse_… reads back exactly; a parse_… gives nothing where the
// text is not allowed.
#pragma once

#include <optional>
#include <string>

#include "regrow/config.h"

namespace regrow {

/// "test", "holdout:N".
std::optional<Validation> parse_validation(const std::string& text);
std::string print_validation(const Validation& validation);

std::optional<ImageSize> parse_image_size(const std::string& text);
std::string print_image_size(const ImageSize& size);

/// "first", "ln_classes", a number above 0.
std::optional<InitialLoss> parse_initial_loss(const std::string& text);
std::string print_initial_loss(const InitialLoss& loss);

/// "first:last", "" for none.
std::optional<EpochSpan> parse_epoch_span(const std::string& text);
std::string print_epoch_span(const EpochSpan& span);

/// "auto", a number of epochs, "30s".
std::optional<CheckpointInterval> parse_checkpoint_interval(const std::string& text);
std::string print_checkpoint_interval(const CheckpointInterval& interval);

/// "1e": epochs; "100": steps.
std::optional<EvolutionInterval> parse_evolution_interval(const std::string& text);
std::string print_evolution_interval(const EvolutionInterval& interval);

}  // namespace regrow

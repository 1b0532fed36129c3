// A small checkpoint with awkward values in every field.
#pragma once

#include "regrow/checkpoint.h"

namespace regrow {

Checkpoint sample_checkpoint(Precision precision = Precision::kFloat32);

EpochRecord sample_record(std::uint32_t epoch);

}  // namespace regrow

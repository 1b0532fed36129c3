// summary.json: a run in one object, for tables and for people.
#pragma once

#include <string>

#include "regrow/run_folder.h"

namespace regrow {

/// Indented JSON. α and β stand beside the records they follow from.
std::string summary_to_json(const Summary& summary);
/// Throws Error naming `source` and the field.
Summary parse_summary(const std::string& text, const std::string& source);

}  // namespace regrow

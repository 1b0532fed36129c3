// summary.json: a run in one object, for tables and for people.
#pragma once

#include <string>

#include "regrow/run_folder.h"

namespace regrow {

/// Indented JSON. `connections`, α and β at the top are those of the network evaluated in the last
/// epoch; `final` and `best` are records as in metrics.jsonl, each with its α and β.
std::string summary_to_json(const Summary& summary);

}  // namespace regrow

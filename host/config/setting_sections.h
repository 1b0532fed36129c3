// The rows of the table, a file a section. Each is a member of the section's struct.
#pragma once

#include <vector>

#include "config/settings.h"

namespace regrow {

std::vector<Setting> preset_settings();
std::vector<Setting> data_settings();
std::vector<Setting> network_settings();
std::vector<Setting> training_settings();
std::vector<Setting> evolution_settings();
std::vector<Setting> run_settings();

}  // namespace regrow

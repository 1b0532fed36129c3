// The back end of GPUs as part of the program, its kernels compiled for the CPU through the
// emulation: the same table of functions as a plugin's.
#pragma once

#include "backend/plugin_interface.h"

namespace regrow {

/// Makes the device "cuda-emulated".
const PluginInterface* emulated_plugin();

}  // namespace regrow

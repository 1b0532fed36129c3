// The back end of GPUs as part of the program, its kernels compiled for the CPU through the
// emulation: the same table of functions as a plugin's.
#pragma once

#include "backend_interface/plugin_interface.h"

namespace regrow {

/// Makes the device "cuda-emulated"; null in a program without it (REGROW_EMULATION=OFF).
const PluginInterface* emulated_plugin();

}  // namespace regrow

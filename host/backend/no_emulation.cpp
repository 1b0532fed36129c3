// In place of the emulation, where the program is built without it.
#include "backend_interface/emulated_plugin.h"

const regrow::PluginInterface* regrow::emulated_plugin() { return nullptr; }
